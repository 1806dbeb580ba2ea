#!/usr/bin/env bash
# Lab and tests run real packets in namespaces and need these programs. Installs what is missing as root on
# Debian, Ubuntu, Fedora and Amazon Linux; names it in one line otherwise, and the lab says so too. With the argument
# `boot`, also what builds and boots whole nodes, which is possible on Debian and Ubuntu only. With `browser`, a browser
# without a screen and its driver alone: where none can be had, what needs one says so.
set -eu

declare -A package=([iptables-restore]=iptables [nft]=nftables [ip]=iproute2 [curl]=curl [sysctl]=procps
  [unshare]=util-linux [iperf3]=iperf3)
if [ "${1-}" = boot ]; then
  package+=([systemd-nspawn]=systemd-container [mmdebstrap]=mmdebstrap [rpmbuild]=rpm [createrepo_c]=createrepo-c
    [dpkg-scanpackages]=dpkg-dev)
fi
if [ "${1-}" = browser ]; then
  package=([chromium]=chromium [chromedriver]=chromium-driver)
  for program in chromium-browser google-chrome; do
    command -v "$program" >/dev/null && unset 'package[chromium]'
  done
  trap 'echo "No browser: its tests will be skipped." >&2; exit 0' ERR
fi
missing=()
for program in "${!package[@]}"; do
  PATH="$PATH:/usr/sbin:/sbin" command -v "$program" >/dev/null || missing+=("${package[$program]}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "Missing for the lab: ${missing[*]}. Install them as root, or run this as root once." >&2
elif command -v apt-get >/dev/null; then
  echo "Installing ${missing[*]}"
  apt-get update -qq >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
elif command -v dnf >/dev/null; then
  renamed=("${missing[@]/iproute2/iproute}")
  renamed=("${renamed[@]/iptables/iptables-nft}")
  renamed=("${renamed[@]/procps/procps-ng}")
  renamed=("${renamed[@]/chromium-driver/chromedriver}")
  echo "Installing ${renamed[*]}"
  dnf install -y -q "${renamed[@]}"
else
  echo "Missing for the lab: ${missing[*]}. Install them with your package manager." >&2
fi
