"""``python -m toolchain.offline <engine address>``: the stand-in for ``pulumi-resource-aws``."""

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from toolchain.offline.announcement import Announcement
from toolchain.offline.plugin import serve
from toolchain.offline.server import OfflineProvider


def _add(server: grpc.Server, announcement: Announcement) -> None:
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(OfflineProvider(announcement), server)


if __name__ == "__main__":
    serve(_add)
