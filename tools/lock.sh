#!/bin/sh
# Writes requirements/*.txt from *.in, with hashes and without registry addresses.
set -eu
cd "$(dirname "$0")/.."
uv=$(command -v uv || echo var/uv/bin/uv)
for name in run dev; do
    "$uv" pip compile --quiet --python-version 3.10 --generate-hashes --no-emit-index-url --no-emit-find-links \
        --no-header --no-annotate --override requirements/lifted.txt "requirements/$name.in" -o "requirements/$name.txt"
done
"$uv" pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
    requirements/uv.in -o requirements/uv.txt
