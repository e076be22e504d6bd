#!/bin/sh
# Makes DATABASE_URL of its parts where it is not given, then becomes the command: the service, or the migration when the
# one word "migrate" is given. AUTO_MIGRATE is obeyed by the service, which checks all its variables first.
set -eu

if [ "$*" = "migrate" ]; then
    set -- python -m service migrate
fi

if [ -z "${DATABASE_URL:-}" ] && [ -n "${DATABASE_HOST:-}" ] && [ -n "${DATABASE_PASSWORD:-}" ] &&
    [ "${DATABASE_AUTH:-password}" = "password" ]; then
    DATABASE_URL="$(python -m service.database_url)"
    export DATABASE_URL
fi

exec "$@"
