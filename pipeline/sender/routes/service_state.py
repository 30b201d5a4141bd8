"""The service as a whole: the kill switch, and another policy into force."""

from typing import Any

from fastapi import APIRouter

from pipeline.sender.answers import Paused, Reloaded, answer
from pipeline.sender.authentication import Admin, Overseer, person
from pipeline.sender.problems import ProblemError
from pipeline.sender.proved import NotServedError
from pipeline.sender.reloading import CannotReloadError
from pipeline.sender.service import Serving
from pipeline.store.execution import execute_on_service
from policy.lifecycle import LifecycleEvent

router = APIRouter(prefix="/v1/service", tags=["service"])


@router.post("/pause", responses=answer(Paused))
async def pause(key: Overseer, service: Serving) -> dict[str, Any]:
    """Hand nothing over any more; what is before its final dot is stopped, too."""
    await service.store.write(
        lambda connection: execute_on_service(connection, LifecycleEvent.PAUSE, person(key))
    )
    return {"paused": True}


@router.post("/resume", responses=answer(Paused))
async def resume(key: Overseer, service: Serving) -> dict[str, Any]:
    """Start sending again; only a person may."""
    await service.store.write(
        lambda connection: execute_on_service(connection, LifecycleEvent.RESUME, person(key))
    )
    service.wake()
    return {"paused": False}


@router.post("/reload", responses=answer(Reloaded))
async def reload(key: Admin, service: Serving) -> dict[str, Any]:
    """Read the policy files again and put what they say into force, if it is proved.

    Messages that wait are decided anew, and approvals that they had are void. When the policy has
    a mistake or is refuted, 409 says why, and the one before stays in force.
    """
    try:
        reloaded = await service.reloading.reload(person(key))
    except CannotReloadError as error:
        raise ProblemError(409, str(error), "start it with `gatepost serve --policy`") from None
    except NotServedError as error:
        raise ProblemError(
            409,
            "the policy is refuted; the one before stays in force"
            if error.refuted
            else "the policy cannot be read; the one before stays in force",
            "mend it, then reload; `gatepost policy verify` shows the same",
            lines=list(error.lines),
        ) from None
    service.wake()
    return {"policy": reloaded.name, "digest": reloaded.digest, "changed": reloaded.changed}
