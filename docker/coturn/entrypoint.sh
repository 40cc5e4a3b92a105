#!/bin/sh
# Starts coturn with what differs from place to place. The secret goes through a file of our own, not the command line,
# which everybody on the machine can read.
#   PUBLIC_IP         the address that clients reach (required)
#   RELAY_IP          the address of this machine, when PUBLIC_IP is another one's (NAT); PUBLIC_IP by default
#   ALLOWED_PEER      a private address that may be reached through the relay: the router's, if it has none but that
#   TURN_SECRET_FILE  what heddle --turn-secret has too [/run/secrets/turn]
#   TLS_CERT_FILE, TLS_KEY_FILE  for turns: (without them no TLS)
set -eu
: "${PUBLIC_IP:?the address that clients reach}"
relay=${RELAY_IP:-$PUBLIC_IP}
secret=$(cat "${TURN_SECRET_FILE:-/run/secrets/turn}")
[ -n "$secret" ] || { echo "the TURN secret is empty" >&2; exit 2; }
umask 077
folder=$(mktemp -d)
{
    cat "$(dirname "$0")/turnserver.conf"
    echo "static-auth-secret=$secret"
    echo "listening-ip=$relay"
    echo "relay-ip=$relay"
    [ "$relay" = "$PUBLIC_IP" ] || echo "external-ip=$PUBLIC_IP/$relay"
    [ -z "${ALLOWED_PEER:-}" ] || echo "allowed-peer-ip=$ALLOWED_PEER"
    if [ -n "${TLS_CERT_FILE:-}" ]; then
        echo "cert=$TLS_CERT_FILE"
        echo "pkey=${TLS_KEY_FILE:?the key of TLS_CERT_FILE}"
    else
        echo "no-tls"
    fi
    echo "no-dtls"
    echo "pidfile=$folder/pid"
    echo "userdb=$folder/db"
} >"$folder/turnserver.conf"
exec turnserver -c "$folder/turnserver.conf"
