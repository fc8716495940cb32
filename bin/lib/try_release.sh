#!/usr/bin/env bash
# Usage: try_release.sh DIR    Unpacks the archive of DIR somewhere else and uses it as its reader would: launchers, a daemon, manual pages, completion, bill of materials.
set -euo pipefail
folder=$(mktemp -d)
daemon=
end() { [ -z "$daemon" ] || kill "$daemon"; wait; rm -rf "$folder"; }
trap end EXIT
tar -xzf "$1"/relay-*.tar.gz -C "$folder"
cd "$folder"
home=$(echo "$folder"/relay-*)
mkdir bin && ln -s "$home/bin/relay" bin/relay
export PATH=$folder/bin:$PATH RELAY_SOCKET=$folder/run/relay.sock
unset RELAY_HOME

echo "== the launcher, through a link, from another folder"
relay version
"$home/bin/archive"
relay daemon --data-dir data --admin-port 0 >daemon.out 2>daemon.err &
daemon=$!
until grep -q ^ready daemon.out; do kill -0 "$daemon"; sleep 0.1; done
relay health
relay agents add ledger
relay send ledger note hello
relay queue ledger
port=$(sed 's/.*admin=[^ ]*:\([0-9]*\).*/\1/' daemon.out)
"$home/bin/probe" "$port" readyz
if "$home/bin/probe" "$port" nowhere; then echo "probe: a page that is not there is well" >&2; exit 1; fi

echo "== upgrade and rollback: a backup, a change, the backup again"
relay store backup before.db --data-dir data
relay agents add later
kill "$daemon" && wait "$daemon" || true
daemon=
relay store restore before.db --data-dir data --yes
relay store check --data-dir data
relay store info --data-dir data | grep -E '^agent_count +[0-9]+$'

echo "== manual pages, completion, bill of materials"
for page in relay relay-dlq-redrive relay-kill-switch; do [ -s "$home/man/man1/$page.1" ]; done
bash -n "$home/completion/relay.bash"
bash -c ". '$home/completion/relay.bash'; complete -p relay" >/dev/null
python3 - "$1" "$home" <<'END'
import hashlib, json, pathlib, sys
bill = json.loads(next(pathlib.Path(sys.argv[1]).glob("*.cdx.json")).read_text())
named = {h["content"] for c in bill["components"] for h in c["hashes"]}
jars = {hashlib.sha256(jar.read_bytes()).hexdigest() for jar in pathlib.Path(sys.argv[2], "lib").glob("*.jar")}
assert named == jars, "the bill of materials and lib/ differ"
print(f"{len(jars)} jars, all in the bill of materials with their hashes")
END
echo "the release works"
