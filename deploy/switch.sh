#!/bin/sh
# Puts another version, with the model in its images, in service: one server after the other, so that no talk breaks off.
#     ./switch.sh 0.2.0       there; the tag stays in .env, and the one before in .tag-before
#     ./switch.sh --back      to the one before
# A server that does not become healthy ends it with an error: those that are not replaced yet go on, and --back goes back.
set -eu
cd "$(dirname "$0")"
die() { echo "$*" >&2; exit 1; }

[ $# -eq 1 ] || die "Say which version: ./switch.sh 0.2.0, or ./switch.sh --back"
[ -e .env ] || die "There is no deploy/.env: docs/deploying.md says how to begin."
now=$(sed -n 's/^CHARLEY_TAG=//p' .env)
[ -n "$now" ] || die "deploy/.env names no CHARLEY_TAG; add it: the tag that is in service."
to=$1 servers="actions-a actions-b rasa-a rasa-b"
if [ "$to" = --back ]; then
    [ -e .tag-before ] || die "There is no version before: nothing was switched here yet."
    to=$(cat .tag-before) servers="rasa-a rasa-b actions-a actions-b"  # actions are there as long as someone asks for them
fi
case $to in "" | *[!A-Za-z0-9._-]*) die "$to is no tag." ;; esac
[ "$to" != "$now" ] || die "$to is in service already."
for image in charley/actions charley/rasa charley/nginx; do
    docker image inspect "$image:$to" > /dev/null 2>&1 || die "There is no image $image:$to here: build or pull it first."
done

echo "$now" > .tag-before
sed "s/^CHARLEY_TAG=.*/CHARLEY_TAG=$to/" .env > .env.new && cat .env.new > .env && rm .env.new
for server in $servers; do
    echo "$server: $now -> $to"
    docker compose up -d --no-deps --no-build --wait "$server" || die "$server does not run with $to. Go back: ./switch.sh --back"
done
echo "In service: $to. Back: ./switch.sh --back"
