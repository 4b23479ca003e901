/** All checks, in the order in which they are told. A new one is one file and one line here. */
import type { Check } from "../types.ts";
import { identityUsable } from "./p01-identity.ts";
import { targetFits } from "./p02-target.ts";
import { sourceUsable } from "./p03-source.ts";
import { providers } from "./p04-providers.ts";
import { vmSize } from "./p05-vm-size.ts";
import { filesFetchable } from "./p06-files.ts";
import { policy } from "./p07-policy.ts";
import { namesFree } from "./p08-template.ts";
import { network } from "./p09/index.ts";
import { timeAndContainers } from "./p10-time.ts";
import { stagingGroupFit } from "./p11-staging-group.ts";
import { outputs } from "./p12-outputs.ts";
import { connectionMay } from "./p13-connection.ts";
import { template } from "./p14-template.ts";
import { scripts } from "./p15-scripts.ts";

/** What a check's reads found is its own affair. */
export const checks: readonly Check<unknown>[] = [
  identityUsable,
  targetFits,
  sourceUsable,
  providers,
  vmSize,
  filesFetchable,
  policy,
  namesFree,
  network,
  timeAndContainers,
  stagingGroupFit,
  outputs,
  connectionMay,
  template,
  scripts,
];
