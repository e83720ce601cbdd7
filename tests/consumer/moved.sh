#!/bin/sh
# Runs the consumer out of an installation that was moved after the consumer had
# been built: it has to find the Python side that moved along.
#
# Usage: moved.sh CMAKE BUILD CONSUMER FOLDER BINDIR LIBDIR
set -eu
cmake=$1 build=$2 consumer=$3 folder=$4 bindir=$5 libdir=$6
rm -rf "$folder"
mkdir -p "$folder"
folder=$(realpath "$folder")
"$cmake" --install "$build" --prefix "$folder/before" >/dev/null
mkdir -p "$folder/before/$bindir"
cp "$consumer" "$folder/before/$bindir"
mv "$folder/before" "$folder/after"
export LD_LIBRARY_PATH="$folder/after/$libdir"
cd /
"$folder/after/$bindir/consumer" "$folder/after/$libdir/venomous/python"
# A program may also have the folder beside itself, without an installation.
mkdir -p "$folder/beside"
cp "$consumer" "$folder/beside"
cp -r "$folder/after/$libdir/venomous" "$folder/beside/venomous"
PATH="$folder/beside:$PATH"
consumer "$folder/beside/venomous/python"
