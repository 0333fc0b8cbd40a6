#!/usr/bin/env bash
# Builds, runs and tests Hilltop. Without an argument it lists what it can do.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
	cat <<'EOF'
./build.sh build            static binary for this machine: dist/hilltop
./build.sh run [ARG...]     build, then dist/hilltop ARG...   (run demo: with a simulated mesh)
./build.sh test             install what the tests need, run all of them
./build.sh check            formatting, stale generated files, vet, staticcheck, govulncheck
./build.sh fuzz [TIME]      every fuzz target for TIME (default 5s)
./build.sh generate         templ and every other generated file
./build.sh vendor           fetch the font, the scripts of others and the accessibility checker again, by checksum (they are committed)
./build.sh arm              static cross builds: dist/hilltop-linux-arm64, -armv7, -armv6
./build.sh smoke            run the cross builds under qemu up to a served page
./build.sh bench [NAME...]  benchmarks; no name: all; -h lists the names
./build.sh bench -race NAME...   the same runs with the race detector in the program, such as recorded start pages 56k
./build.sh bench accuracy [MESH:SEED...]  how right hop names are, against the truth of simulated meshes: docs/accuracy.md
./build.sh shots            a screenshot of every page of a simulated mesh: dist/shots/*.png
EOF
}

die() { echo "build.sh: $*" >&2; exit 1; }

command -v go >/dev/null || die "Go 1.21 or later is needed: https://go.dev/dl"
command -v git >/dev/null || die "git is needed: apt install git"

# need COMMAND=PACKAGE...: install the Debian packages whose commands are missing.
need() {
	local missing=() pair
	for pair in "$@"; do
		command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
	done
	((${#missing[@]})) || return 0
	install_packages "${missing[@]}"
}

# install_packages PACKAGE...: with apt.
install_packages() {
	local apt=(apt-get)
	if [ "$(id -u)" != 0 ]; then
		if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
			apt=(sudo -n apt-get)
		else
			die "these packages are needed: apt install $*"
		fi
	fi
	command -v apt-get >/dev/null || die "these packages are needed: $*"
	echo "installing $*"
	"${apt[@]}" update -q >/dev/null
	DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y -q --no-install-recommends "$@" >/dev/null
}

version() { git describe --tags --match 'v*' 2>/dev/null || echo v0.1.0; }

# origin: where the source is published, when git knows an address that browsers take.
origin() {
	local url
	url=$(git remote get-url origin 2>/dev/null) || return 0
	case $url in
	http://*@* | https://*@*) ;; # somebody's account is in it
	http://* | https://*) echo "${url%.git}" ;;
	esac
}

# link OUT: a static, stripped build for the GOOS, GOARCH and GOARM of the environment.
link() {
	local commit built
	commit=$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
	built=$(git log -1 --format=%ct 2>/dev/null || echo 0)
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -o "$1" \
		-ldflags "-s -w -X main.version=$(version) -X main.commit=$commit -X main.built=$built -X main.source=$(origin)" ./appliance
}

build() { mkdir -p dist; link dist/hilltop; }

arm() {
	mkdir -p dist
	GOOS=linux GOARCH=arm64 link dist/hilltop-linux-arm64
	GOOS=linux GOARCH=arm GOARM=7 link dist/hilltop-linux-armv7
	GOOS=linux GOARCH=arm GOARM=6 link dist/hilltop-linux-armv6
	ls -l dist/hilltop-linux-*
}

generate() {
	go tool templ generate -path ui >/dev/null
	gofmt -w $(git ls-files '*.go')
}

# vendor puts what comes from the npm registry into the tree: a package by its checksum, and of it a few files.
vendor() {
	need curl=curl tar=tar
	local dir
	dir=$(mktemp -d)
	unpack inter-ui 4.1.1 e392e4d71f18a7c1f23dfecd833d68fa05eeab41862686584e80fd2b5d87e9c0 \
		variable/InterVariable.woff2="$dir/inter.woff2" LICENSE.txt=ui/static/fonts/inter-license.txt
	face "$dir/inter.woff2" 400:720 ui/static/fonts/inter.woff2 c3b3f1b3ef3237a57a65ac6699c640bedfa97b75eb14f7fe2a0c65cd617b4be8
	unpack axe-core 4.14.1 e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745 \
		axe.min.js=appliance/testdata/axe/axe.min.js LICENSE=appliance/testdata/axe/LICENSE
	unpack @noble/ciphers 2.4.0 4a398bcc280c8742d474f9162f6d3c153e52ab1078e8ab592b4720410fb3c3e9 \
		aes.js="$dir/ciphers/aes.js" _polyval.js="$dir/ciphers/_polyval.js" utils.js="$dir/ciphers/utils.js" LICENSE=ui/static/js/licenses/noble-ciphers.txt
	unpack @noble/hashes 2.4.0 e1946149b780017b2564fcc092cb01c04e1d7f20627d0296c17da8868f4436dc \
		hmac.js="$dir/hashes/hmac.js" sha2.js="$dir/hashes/sha2.js" _md.js="$dir/hashes/_md.js" _u64.js="$dir/hashes/_u64.js" utils.js="$dir/hashes/utils.js" LICENSE=ui/static/js/licenses/noble-hashes.txt
	unpack qr 0.7.0 632ef43ecb74f7eb5f578e978068bcbfba0fbba36101e79c079a6d95f24d8865 \
		index.js="$dir/qr/index.js" decode.js="$dir/qr/decode.js" LICENSE-MIT=ui/static/js/licenses/qr.txt
	bundle crypto "$dir" <<'EOF'
export { ecb } from "./ciphers/aes.js";
export { hmac } from "./hashes/hmac.js";
export { sha256 } from "./hashes/sha2.js";
EOF
	bundle qr "$dir" <<'EOF'
export { default as encodeQR } from "./qr/index.js";
export { default as decodeQR } from "./qr/decode.js";
EOF
	rm -rf "$dir"
}

# face FROM WEIGHTS TO SHA256: what pages use of a variable font: weights, Latin as Europe writes it, Cyrillic, arrows and marks.
# One instance of text size (opsz), its kerning, figures of one width (tnum) and the l with a tail (cv05).
face() {
	need fonttools=fonttools
	/usr/bin/python3 -c "import brotli" 2>/dev/null || install_packages python3-brotli
	fonttools varLib.instancer "$1" opsz=14 "wght=$2" -o "$1.ttf" --no-recalc-timestamp -q
	pyftsubset "$1.ttf" --output-file="$3" --flavor=woff2 --no-hinting --drop-tables+=MVAR --name-IDs='' \
		--layout-features=kern,mark,mkmk,ccmp,locl,tnum,cv05 \
		--unicodes=20-7E,A0-17F,218-21B,2BB-2BC,2C6,2DA,2DC,400-45F,490-491,2010-2015,2018-201E,2020-2022,2026,202F,2030,2032-2033,2039-203A,2044,20AC,2116,2122,2190-2194,2212,2215,2248,2260,2264-2265,25B2,25B4,25B8,25BC,25BE,25CB,25CF,2715
	echo "$4  $3" | sha256sum --check --quiet ||
		die "$3: other tools than fonttools 4.38.0 and brotli 1.0.9 (Debian 12) make other bytes of it; look at it, then change its sum"
	echo "$3"
}

# bundle NAME DIR: what the module on stdin exports of the packages in DIR, as one script: ui/static/js/NAME.js.
bundle() {
	cat >"$2/$1.js"
	{
		echo "/* Made by build.sh vendor of packages that licenses/ names. */"
		go run github.com/evanw/esbuild/cmd/esbuild@v0.25.12 "$2/$1.js" --bundle --format=esm --minify --legal-comments=none --log-level=warning
	} >"ui/static/js/$1.js"
	echo "ui/static/js/$1.js"
}

# unpack PACKAGE VERSION SHA256 MEMBER=FILE...: fetch a package, check it, take members out.
unpack() {
	local name=$1 version=$2 sum=$3 dir pair
	shift 3
	dir=$(mktemp -d)
	curl -fsSL -o "$dir/package.tgz" "https://registry.npmjs.org/$name/-/${name##*/}-$version.tgz"
	echo "$sum  $dir/package.tgz" | sha256sum --check --quiet || die "$name $version is not what it was"
	for pair in "$@"; do
		mkdir -p "$(dirname "${pair#*=}")"
		tar -xzOf "$dir/package.tgz" "package/${pair%%=*}" >"${pair#*=}"
		echo "${pair#*=}"
	done
	rm -rf "$dir"
}

check() {
	local bad
	bad=$(gofmt -l $(git ls-files '*.go'))
	[ -z "$bad" ] || die "gofmt: $bad"
	local before after
	before=$(git ls-files '*_templ.go' | xargs -r sha256sum)
	go tool templ generate -path ui >/dev/null
	after=$(git ls-files '*_templ.go' | xargs -r sha256sum)
	[ "$before" = "$after" ] || die "generated files are stale: run ./build.sh generate and commit"
	[ -z "$(git ls-files --others --exclude-standard -- '*_templ.go')" ] || die "generated files are not committed"
	go vet ./...
	GOARCH=arm go vet ./...
	go tool staticcheck -checks all,-ST1000 ./...
	vulnerabilities
}

# vulnerabilities fails only when known ones were found, not when their database cannot be reached.
vulnerabilities() {
	local out status=0
	out=$(timeout 120 go tool govulncheck ./... 2>&1) || status=$?
	case $status in
	0) echo "govulncheck: none known" ;;
	3) echo "$out"; return 1 ;;
	*) echo "govulncheck: not run, its database is out of reach" ;;
	esac
}

tests() {
	need gcc=gcc chromium=chromium mosquitto=mosquitto mosquitto_pub=mosquitto-clients
	build
	# With HILLTOP_TOOLS a test whose tool is missing fails instead of skipping. Tests that drive a browser or kill processes share a busy
	# machine with others: up to three that fail have a second try, and the summary names them; a data race or a panic has none.
	HILLTOP_TOOLS=required go tool gotestsum --format standard-quiet --rerun-fails=1 --rerun-fails-run-root-test --rerun-fails-max-failures=3 --rerun-fails-abort-on-data-race \
		--packages=./... -- -race -cover -timeout 40m "$@"
}

fuzz() {
	local time=${1:-5s} pkg target
	for pkg in $(go list ./...); do
		for target in $(go test -list '^Fuzz' "$pkg" | grep '^Fuzz' || true); do
			echo "fuzz $pkg $target"
			go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 10x "$pkg" >/tmp/hilltop-fuzz.$$ 2>&1 || fuzz_ended /tmp/hilltop-fuzz.$$ ||
				{ cat /tmp/hilltop-fuzz.$$; rm -f /tmp/hilltop-fuzz.$$; return 1; }
		done
	done
	rm -f /tmp/hilltop-fuzz.$$
}

# fuzz_ended OUTPUT: whether go test failed for nothing but that the time was over while an input was tried, which it may report as an
# error of its own (https://go.dev/issue/75804). An input that fails, or hangs, is always written down.
fuzz_ended() {
	grep -q '^ *context deadline exceeded$' "$1" && ! grep -q 'Failing input\|panic\|hung' "$1"
}

# smoke runs each cross build under qemu until it has served a page.
smoke() {
	need qemu-arm-static=qemu-user-static curl=curl
	local row
	for row in "qemu-aarch64-static dist/hilltop-linux-arm64 18181" "qemu-arm-static dist/hilltop-linux-armv7 18182" \
		"qemu-arm-static,-cpu,arm1176 dist/hilltop-linux-armv6 18183"; do
		set -- $row
		serve_once "$3" ${1//,/ } "$2"
	done
}

# serve_once PORT COMMAND...: start, fetch a page, stop by SIGTERM, expect a clean end.
serve_once() {
	local port=$1 dir pid ok=
	shift
	dir=$(mktemp -d)
	"$@" --data "$dir" --http "127.0.0.1:$port" --broker "127.0.0.1:$((port + 1000))" 2>"$dir/log" &
	pid=$!
	for _ in $(seq 120); do
		if curl -fsS "http://127.0.0.1:$port/" 2>/dev/null | grep -q '</html>' &&
			curl -fsS "http://127.0.0.1:$port/readyz" >/dev/null 2>&1; then
			ok=1
			break
		fi
		sleep 0.5
	done
	kill "$pid" 2>/dev/null || true
	wait "$pid" || ok=
	[ -n "$ok" ] || { cat "$dir/log"; die "no page from: $*"; }
	rm -rf "$dir"
	echo "served and stopped: $*"
}

bench() {
	if [ "${1:-}" = accuracy ]; then
		shift
		accuracy "$@"
		return
	fi
	local program=dist/hilltop
	if [ "${1:-}" = -race ]; then
		shift
		need gcc=gcc
		mkdir -p dist
		program=dist/hilltop-race
		go build -race -o "$program" ./appliance
	else
		build
	fi
	go build -o dist/bench ./appliance/bench
	dist/bench -binary "$program" "$@"
}

# accuracy takes hours for all rows; a row is such as plain:7, or plain:7:300000 with fewer observations.
accuracy() {
	mkdir -p dist/corpora
	HILLTOP_ACCURACY="${*:-all}" HILLTOP_CORPORA="$PWD/dist/corpora" \
		go test -v -count=1 -run '^TestAccuracy$' -timeout 0 ./appliance/internal/resolve | grep -v '^=== '
}

shots() {
	need chromium=chromium fc-list=fontconfig
	fc-list | grep -qi emoji || install_packages fonts-noto-color-emoji # names have some
	build
	HILLTOP_SHOTS="$PWD/dist/shots" go test -count=1 -run '^TestShots$' -timeout 20m ./appliance
	ls dist/shots
}

[ $# -gt 0 ] || { usage; exit 0; }
call=$1
shift
case $call in
build | arm | generate | vendor | check | smoke | shots) "$call" ;;
run) build; exec dist/hilltop "$@" ;;
test) tests "$@" ;;
fuzz) fuzz "$@" ;;
bench) bench "$@" ;;
image | deb) die "$call comes in a later version" ;;
*) usage; exit 2 ;;
esac
