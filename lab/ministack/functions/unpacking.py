"""A layer is unpacked once, however many workers are started with it.

ministack unpacks it for every cold start, more than a thousand files of which none is ever deleted. On AWS a
cold start finds it unpacked.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import threading
import zipfile
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

DIRECTORIES = "_LAMBDA_LAYERS_DIRS"
"""The variable by which ministack tells a worker of Python where its layers are."""
_lock = threading.Lock()


def install() -> None:
    """Starts workers with layers that are there already."""
    spawn = lambda_runtime.Worker._spawn

    def with_shared_layers(worker: lambda_runtime.Worker) -> None:
        own = worker.config
        worker.config = _told_of_layers(own)
        try:
            spawn(worker)
        finally:
            worker.config = own

    lambda_runtime.Worker._spawn = with_shared_layers


def _told_of_layers(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration without layers to unpack, but told where they are."""
    zips = [lambda_svc._resolve_layer_zip(layer) for layer in config.get("Layers") or ()]
    places = os.pathsep.join(str(unpacked(data)) for data in zips if data)
    variables = (config.get("Environment") or {}).get("Variables") or {}
    # As on AWS each start compiles what it imports: no compiled file comes with a layer.
    more = {DIRECTORIES: places, "PYTHONDONTWRITEBYTECODE": "1"} if places else {}
    return {**config, "Layers": [], "Environment": {"Variables": {**variables, **more}}}


def unpacked(data: bytes) -> Path:
    """The folder with what is in that zip. Raises BadZipFile if it is none."""
    place = Path(tempfile.gettempdir()) / f"layer-{hashlib.sha256(data).hexdigest()}"
    with _lock:
        if not place.exists():
            half = Path(tempfile.mkdtemp(prefix="layer-", dir=place.parent))
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                packed.extractall(half)
            half.rename(place)
    return place
