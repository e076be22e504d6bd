"""The offline replacement of ``pulumi-resource-aws``, started with the engine's address as its argument."""

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from .announcement import Announcement
from .plugin import serve
from .server import OfflineProvider


def _add(server: grpc.Server, announcement: Announcement) -> None:
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(OfflineProvider(announcement), server)


if __name__ == "__main__":
    serve(_add)
