#!/bin/sh
# Makes deploy/secrets/ for compose.yaml: passwords that nobody needs to know. What is there stays as it is.
set -eu
folder=${1:-$(dirname "$0")/secrets}
umask 077
mkdir -p "$folder"
# The folder is for its owner alone. The files are for any user, for each container reads its own as
# a user of its own.
keep() {
    [ -e "$folder/$1" ] && { cat > /dev/null; return; }
    cat > "$folder/$1"
    chmod 444 "$folder/$1"
}
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

random | keep charley_secret
random | keep postgres_password
random | keep redis_password
random | keep rabbitmq_password
postgres=$(cat "$folder/postgres_password")
redis=$(cat "$folder/redis_password")
rabbitmq=$(cat "$folder/rabbitmq_password")
printf 'postgresql://charley:%s@postgres:5432/charley' "$postgres" | keep database_url
printf 'redis://:%s@redis:6379/0' "$redis" | keep redis_url
printf 'amqp://charley:%s@rabbitmq:5672/' "$rabbitmq" | keep rabbitmq_url
printf 'requirepass %s\n' "$redis" | keep redis.conf
printf 'default_user = charley\ndefault_pass = %s\n' "$rabbitmq" | keep rabbitmq.conf
echo "The secrets are in $folder. Keep a copy of charley_secret apart from backups: pseudonyms rest on it."
