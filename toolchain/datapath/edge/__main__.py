"""The process of the edge."""

from collections.abc import Sequence

from toolchain.datapath.authorizers import Authorizers
from toolchain.datapath.edge.api_gateway import ApiGateway
from toolchain.datapath.edge.cloudfront import CloudFront
from toolchain.datapath.edge.server import Edge
from toolchain.datapath.edge.waf import WebAcls
from toolchain.datapath.member import run
from toolchain.datapath.part import Part, Surroundings
from toolchain.datapath.tls import Tls


def parts(surroundings: Surroundings) -> Sequence[Part]:
    """Make the edge's parts. Each part depends on the parts before it."""
    web_acls = WebAcls(surroundings)
    api_gateway = ApiGateway(surroundings, authorizers=Authorizers.beside(surroundings.folder), web_acls=web_acls)
    cloudfront = CloudFront(surroundings, (api_gateway,), web_acls)
    return (api_gateway, cloudfront, Edge(surroundings, (cloudfront, api_gateway), Tls.beside(surroundings.folder)))


if __name__ == "__main__":
    run("edge", parts)
