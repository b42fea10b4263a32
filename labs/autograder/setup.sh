#!/usr/bin/env bash
# Gradescope runs this once, when the autograder's image is built: the tools, a Node, and the addon. In the archive are
# realfork with all that it needs from npm, and, if it was made with --node, a Node. What is there already is not fetched.
set -euo pipefail

source=${AUTOGRADER:-/autograder}/source
node_major=22

tools=(g++ make python3 xz strace)
missing=()
for tool in "${tools[@]}"; do
  command -v "$tool" > /dev/null || missing+=("$tool")
done
if [[ ${#missing[@]} -gt 0 ]]; then
  apt-get update
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends g++ make python3 xz-utils strace curl ca-certificates
fi

# A Node of one's own, with its headers and npm: the addon is built without a download.
node_dir=$source/node
has_node() { [[ -x $node_dir/bin/node ]]; }
if ! has_node; then
  mkdir -p "$node_dir"
  archive=$source/node.tar
  if [[ ! -f $archive ]]; then
    dist=https://nodejs.org/dist/latest-v$node_major.x
    machine=$(uname -m)
    case $machine in
      x86_64) machine=x64 ;;
      aarch64) machine=arm64 ;;
    esac
    name=$(curl -fsSL "$dist/SHASUMS256.txt" | grep -o "node-v[0-9.]*-linux-$machine\.tar\.xz" | head -n 1)
    curl -fsSL "$dist/$name" -o "$archive"
  fi
  tar -x -f "$archive" -C "$node_dir" --strip-components=1
fi
export PATH=$node_dir/bin:$PATH

# Whom the programs of students run as: they may not signal the grader then, and their processes are counted.
id realfork-student > /dev/null 2>&1 || useradd --system --no-create-home --shell /usr/sbin/nologin realfork-student

cd "$source/realfork"
npm_config_nodedir=$node_dir "$node_dir/bin/node" dist/cli/main.js build --if-needed
chmod -R a+rX "$source"
