#!/bin/sh
# Installs Palmaris into an environment, as the images have it, with the versions that the tests ran with.
#   docker/install.sh FOLDER [EXTRAS]
set -eu
environment=$1
extras=${2:-}
cd "$(dirname "$0")/.."

install() {
    python3 -m pip --disable-pip-version-check --python "$environment/bin/python" \
        install --quiet --no-cache-dir --constraint constraints.txt "$@"
}

test -x "$environment/bin/python" || python3 -m venv --without-pip "$environment"
case ",$extras," in
*,train,* | *,all,*) # PyTorch's own index has builds without CUDA, which would be gigabytes; the rest is from PyPI
    install --no-deps --index-url https://download.pytorch.org/whl/cpu torch ;;
esac
install ".${extras:+[$extras]}"
