/** What can be wrong with the network. */
import type { FindingKind } from "../../types.ts";

const error = (meaning: string): FindingKind => ({ severity: "error", basis: "documented", meaning });
const warning = (meaning: string, basis: FindingKind["basis"] = "documented"): FindingKind => ({
  severity: "warning",
  basis,
  meaning,
});

/** Codes of P9. */
export const kinds = {
  AIB048: error("The virtual network or the subnet does not exist."),
  AIB049: error("The virtual network is in another region than the template."),
  AIB050: warning("The virtual network is in another subscription than the template."),
  AIB051: error("The subnet has no free address."),
  AIB052: warning("The subnet has few free addresses.", "inferred"),
  AIB053: error("The subnet is private, and nothing gives it a way out."),
  AIB054: warning("The subnet for the container has no NAT gateway.", "contradicted"),
  AIB055: warning("What leaves the subnet goes through an appliance, which must let the build through."),
  AIB056: error("The subnet for the container holds other things than container groups."),
  AIB057: error("A network security group denies what must leave the subnet."),
  AIB058: error("Network policies for private link services are on in the subnet of the build VM."),
  AIB059: error("A network security group denies the probes of the load balancer in front of the build VM."),
  AIB060: error("The subnet for the container is not delegated to container groups."),
  AIB061: error("The subnet for the build VM is delegated to a service."),
  AIB062: error("The two subnets are the same, or in different virtual networks."),
  AIB063: error("A network security group keeps the container from the build VM."),
} as const;
