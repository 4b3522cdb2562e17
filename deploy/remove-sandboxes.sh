#!/bin/sh
# Removes what engines have made in Docker: containers of sessions, their volumes and networks. Without an id it says which there are.
# usage: deploy/remove-sandboxes.sh [ID…]   an engine's id is in its .engine-id; end the engine first
set -eu
if [ $# -eq 0 ]; then
  echo "how many, whose and what:"
  { docker ps -aq --filter label=lucid.engine_id | xargs -r docker inspect --format '{{index .Config.Labels "lucid.engine_id"}} container'
    docker volume ls -q --filter label=lucid.engine_id | xargs -r docker volume inspect --format '{{index .Labels "lucid.engine_id"}} volume'
    docker network ls -q --filter label=lucid.engine_id | xargs -r docker network inspect --format '{{index .Labels "lucid.engine_id"}} network'
  } | sort | uniq -c
fi
# All containers first: one that was replaced on the same files has another id than its volumes.
for id in "$@"; do
  [ -n "$id" ] || continue
  for label in lucid.engine_id lucid.disks_of; do
    docker ps -aq --filter "label=$label=$id" | xargs -r docker rm --force --volumes
  done
done
for id in "$@"; do
  [ -n "$id" ] || continue
  docker volume ls -q --filter "label=lucid.engine_id=$id" | xargs -r docker volume rm
  docker network ls -q --filter "label=lucid.engine_id=$id" | xargs -r docker network rm
  # These have no label, and a filter by name would find those of longer ids too.
  for volume in "lucid-disks-$id" "lucid-snapshots-$id"; do
    docker volume ls -q --filter "name=$volume" | grep -Fx -- "$volume" | xargs -r docker volume rm
  done
done
