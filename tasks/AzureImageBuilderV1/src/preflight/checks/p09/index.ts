/** P9: does the virtual network let the service build in it? Both topologies (facts, section 6). */
import type { Check, Problem, Subject } from "../../types.ts";
import { judgeBuildDelegation, judgeContainers, judgePair } from "./containers.ts";
import { readSubnet, type SubnetFacts, subnetsOf } from "./facts.ts";
import { kinds } from "./kinds.ts";
import { judgeOutbound } from "./outbound.ts";
import { judgePlace } from "./place.ts";
import { judgePrivateLink } from "./private-link.ts";
import { judgeBetween, judgeWayOut } from "./security.ts";

/** The network of the build. */
export const network: Check<readonly SubnetFacts[]> = {
  id: "P9",
  title: "Network",
  inFast: "offline",
  kinds,
  applies: (subject) => subnetsOf(subject).length > 0,
  gather: (subject, reads) => Promise.all(subnetsOf(subject).map((ref) => readSubnet(ref, reads))),
  judge: judgeAll,
  lint: (subject) => {
    const [build, containers] = subnetsOf(subject);
    return build === undefined || containers === undefined ? [] : judgePair(build, containers);
  },
};

function judgeAll(found: readonly SubnetFacts[], subject: Subject): readonly Problem[] {
  const build = found.find(({ ref }) => ref.role === "build");
  const other = found.find(({ ref }) => ref.role === "containers");
  // One subnet for both is a fault of its own (lint): what it lacks for the container is beside the point.
  const isOne = other?.ref.id.toLowerCase() === build?.ref.id.toLowerCase();
  const containers = isOne ? undefined : other;
  const judged = isOne ? found.slice(0, 1) : found;
  return [
    // What holds for the network as a whole is told once, though it is found with each subnet.
    ...unique(judged.flatMap((facts) => judgePlace(facts, subject))),
    ...judged.flatMap((facts) => [...judgeOutbound(facts, subject), ...judgeWayOut(facts)]),
    ...(build === undefined ? [] : judgeBuildDelegation(build)),
    ...(build === undefined || other !== undefined ? [] : judgePrivateLink(build)),
    ...(containers === undefined ? [] : judgeContainers(containers)),
    ...(build === undefined || containers === undefined ? [] : judgeBetween(build, containers, subject)),
  ];
}

function unique(problems: readonly Problem[]): readonly Problem[] {
  return problems.filter((one, index) => problems.findIndex(({ message }) => message === one.message) === index);
}
