#!/bin/sh
# The image's beginning: with the profile `cluster` of docker compose the engine joins the others over the bus of that profile.
set -eu
case ",${COMPOSE_PROFILES:-}," in
  *,cluster,*)
    if [ -n "${SERVICE:-}" ] && [ -z "${CLUSTER_URL:-}" ]; then
      bus=/run/lucid-bus
      until [ -s "$bus/seed" ]; do sleep 0.2; done # bus_keys writes it, and compose has not every engine wait for that.
      CLUSTER_URL=tls://nats-1:4222,tls://nats-2:4222,tls://nats-3:4222
      CLUSTER_CREDENTIALS=$(cat "$bus/seed")
      CLUSTER_CA=$bus/ca.pem
      NODE_NAME=${NODE_NAME:-$SERVICE}
      export CLUSTER_URL CLUSTER_CREDENTIALS CLUSTER_CA NODE_NAME
      if [ -z "${WORKSPACE_STORE:-}" ]; then
        WORKSPACE_STORE=http://workspaces:7070/lucid
        WORKSPACE_STORE_KEY=lucid
        WORKSPACE_STORE_SECRET=$(cat "$bus/store-secret")
        export WORKSPACE_STORE WORKSPACE_STORE_KEY WORKSPACE_STORE_SECRET
      fi
    fi
    ;;
  *)
    if [ "${SERVICE:-ai_engine}" != ai_engine ]; then
      echo "The profile cluster needs COMPOSE_PROFILES=cluster in .env, since each engine has to know of it; then: docker compose up" >&2
      exec sleep infinity
    fi
    ;;
esac
exec "$@"
