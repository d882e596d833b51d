#!/usr/bin/env bash
# Does a gateway answer? Needs bash, curl and jq.
#   LLM_GATEWAY_URL=https://gateway.example GATEWAY_KEY=sk-… deploy/smoke.sh
# MODEL (default: mock where it is there, else the first of /v1/models) and TENANT (default: smoke) may be set too.
set -euo pipefail

: "${LLM_GATEWAY_URL:?set it to the address of the gateway, such as http://127.0.0.1:4000}"
: "${GATEWAY_KEY:?set it to a virtual key or the master key}"
tenant="${TENANT:-smoke}"
url="${LLM_GATEWAY_URL%/}"

fail() {
  printf 'smoke: %s\n' "$*" >&2
  exit 1
}

for tool in curl jq; do
  command -v "$tool" > /dev/null || fail "$tool is not installed"
done

health="$(curl --silent --show-error --fail --max-time 10 "$url/health")" || fail "$url/health does not answer"
[[ "$health" == *ok* ]] || fail "/health: expected ok, got $health"
printf 'smoke: /health is ok\n'

# The key goes in by a file descriptor: arguments can be read by everybody on the machine.
model="${MODEL:-}"
if [[ -z "$model" ]]; then
  models="$(
    curl --silent --show-error --max-time 10 --header "X-Tenant-Id: $tenant" \
      --header @<(printf 'Authorization: Bearer %s\n' "$GATEWAY_KEY") "$url/v1/models"
  )" || fail "$url/v1/models does not answer"
  model="$(jq -r '[.data[]?.id] | if index("mock") then "mock" else first // "mock" end' <<< "$models" 2> /dev/null)" || model=mock
fi

body="$(jq --null-input --arg model "$model" \
  '{model: $model, max_tokens: 16, messages: [{role: "user", content: "Say hello."}]}')"

answer="$(
  printf '%s' "$body" |
    curl --silent --show-error --max-time 60 --write-out '\n%{http_code}' \
      --header 'content-type: application/json' \
      --header "X-Tenant-Id: $tenant" \
      --header @<(printf 'Authorization: Bearer %s\n' "$GATEWAY_KEY") \
      --data-binary @- "$url/v1/chat/completions"
)" || fail 'the chat completion got no answer'

status="${answer##*$'\n'}"
json="${answer%$'\n'*}"
[[ "$status" == 200 ]] || fail "chat completion: expected 200, got $status: $(jq -c '.error // .' <<< "$json" 2> /dev/null || printf '%s' "$json")"
content="$(jq -er '.choices[0].message.content | strings | select(length > 0)' <<< "$json")" ||
  fail "chat completion: expected .choices[0].message.content, got $json"
printf 'smoke: %s answered: %s\n' "$model" "${content:0:60}"
