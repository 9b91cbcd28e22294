# shellcheck shell=bash
# What the scripts share; sourced by them, not run.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
binary=$root/build/release/session-gateway
folder=
daemon_pid=
daemon_url=
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
