#!/bin/sh
# Create a link with curl:  create.sh KEY < request.json
set -eu
key=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/request"
# From a file, since a process list shows what stands on the command line.
printf 'Authorization: Bearer %s\n' "$ZOOMLINK_KEY" > "$folder/key"

ask() { # prints status, Retry-After and Location; --retry waits as Retry-After says, and the key makes it safe
  curl --silent --show-error --retry 5 --header "@$folder/key" --output "$folder/answer" \
    --write-out '%{http_code}|%header{retry-after}|%header{location}' "$@"
}

told=$(ask --header "Idempotency-Key: $key" --header "Content-Type: application/json" \
  --data-binary "@$folder/request" "$ZOOMLINK_URL/v1/links")
place=${told##*|}
while status=${told%%|*} && later=${told#*|} && [ "$status" -lt 300 ] && [ -n "${later%%|*}" ]; do
  told=$(ask "$ZOOMLINK_URL$place?wait=10") # 202, or not ready yet
done
cat "$folder/answer" # the link, or the problem: its detail and hint say what to do
[ "$status" -lt 300 ]
