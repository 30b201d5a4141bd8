"""The keys with which what leaves is signed, where RFC 8615 has such things found."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool

from pipeline.mail.identity import KEYS_PATH
from pipeline.mail.identity_keys import published_keys
from pipeline.sender.answers import KeySet, answer
from pipeline.sender.service import Service, serving

router = APIRouter(tags=["identity"])


@router.get(KEYS_PATH, responses=answer(KeySet))
async def keys(service: Annotated[Service, Depends(serving)]) -> dict[str, Any]:
    """The JSON Web Key Set (RFC 7517) for the `Gatepost-Identity` header; open to everybody."""
    folders = service.settings.identity_keys.values()
    sets = await run_in_threadpool(lambda: [published_keys(folder) for folder in folders])
    return {"keys": [key for one in sets for key in one["keys"]]}
