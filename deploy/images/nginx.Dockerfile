# The proxy: deploy/nginx as it is tested, with what differs in a container from deploy/images/nginx.
#     docker build -f deploy/images/nginx.Dockerfile -t charley/nginx:0.1.0 .
# `resolve` in an upstream needs nginx 1.27.3 or later.
ARG NGINX_IMAGE=nginxinc/nginx-unprivileged:1.28.2-alpine

FROM ${NGINX_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Charley: proxy" \
      org.opencontainers.image.description="TLS, limits and the public's routes, in front of Charley." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY deploy/nginx /etc/charley/nginx
COPY deploy/images/nginx/*.conf /etc/charley/nginx/
COPY deploy/images/nginx/*.template /etc/nginx/templates/
# The image's own start fills in the templates; /tmp is all that can be written.
ENV NGINX_ENTRYPOINT_LOCAL_RESOLVERS=1 NGINX_ENVSUBST_OUTPUT_DIR=/tmp \
    CHARLEY_WORKERS=rasa:5005 CHARLEY_ACTIONS=actions:5055
USER 101:101
EXPOSE 8080 8443
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
    CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8081/health"]
CMD ["nginx", "-p", "/tmp", "-c", "/etc/charley/nginx/nginx.conf", "-g", "daemon off;"]
