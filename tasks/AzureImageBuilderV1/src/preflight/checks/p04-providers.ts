/** P4: are the resource providers registered, and does Image Builder offer this region and API version? */
import { regionName } from "../../values/regions.ts";
import { textAt } from "../json.ts";
import { findProvider, type Offer, offerOf, readProviders } from "../provider-list.ts";
import type { Json, Read } from "../reads.ts";
import type { Check, Problem, Subject } from "../types.ts";
import { type FeatureState, judgeFeatures, readFeatures, spokenState } from "./p04-features.ts";

const builder = "Microsoft.VirtualMachineImages";

/**
 * Providers that every build uses. The lists of the documents differ beyond these (facts, section 13, row 16); that
 * Microsoft.ContainerInstance is needed the troubleshooting page says by an error of its own.
 */
const needed = [builder, "Microsoft.Compute", "Microsoft.Storage", "Microsoft.ContainerInstance"] as const;

interface Found {
  readonly providers: Read<readonly Json[]>;
  readonly features: readonly FeatureState[];
}

/** Registration of providers and features, regions and API versions (facts, section 4). */
export const providers: Check<Found> = {
  id: "P4",
  title: "Resource providers and features",
  inFast: "no",
  kinds: {
    AIB021: {
      severity: "error",
      basis: "documented",
      meaning: "A resource provider or a feature that the build needs is not registered in the subscription.",
    },
    AIB022: {
      severity: "warning",
      basis: "contradicted",
      meaning:
        "A registration may get in the way: it has not ended, only some documents ask for it, or it changes what machines are made like.",
    },
    AIB023: {
      severity: "error",
      basis: "documented",
      meaning: "Image Builder does not offer the template's region, or the API version that the template needs.",
    },
  },
  applies: () => true,
  gather: async (subject, reads) => {
    const [list, features] = await Promise.all([
      readProviders(subject.plan.template.subscriptionId, reads),
      readFeatures(subject, reads),
    ]);
    return { providers: list, features };
  },
  judge: (found, subject) => [...judgeProviders(found.providers, subject), ...judgeFeatures(found.features, subject)],
};

function judgeProviders(read: Read<readonly Json[]>, subject: Subject): readonly Problem[] {
  if (read.state !== "found") return [];
  const offer = offerOf(findProvider(read.value, builder), "imageTemplates");
  return [
    ...[...needed, ...disputedOf(subject)].flatMap((namespace) => judgeRegistration(namespace, read.value, subject)),
    ...(offer === undefined ? [] : judgeOffer(offer, subject)),
  ];
}

/** Providers that only some documents list, where this build would use them. */
function disputedOf({ plan, template }: Subject): readonly string[] {
  const identities = [
    ...Object.keys(template.identity.userAssignedIdentities),
    ...(template.properties.vmProfile?.userAssignedIdentities ?? []),
  ];
  const prefix = `/subscriptions/${plan.template.subscriptionId}/`.toLowerCase();
  return [
    "Microsoft.Network",
    "Microsoft.KeyVault",
    ...(identities.some((id) => id.toLowerCase().startsWith(prefix)) ? ["Microsoft.ManagedIdentity"] : []),
  ];
}

function judgeRegistration(namespace: string, all: readonly Json[], { plan }: Subject): readonly Problem[] {
  const { subscriptionId } = plan.template;
  const state = textAt(findProvider(all, namespace), "registrationState");
  if (state === undefined || state === "Registered") return [];
  const register = `az provider register --namespace ${namespace} --subscription ${subscriptionId} --wait`;
  if (state === "Registering") {
    return [
      {
        code: "AIB022",
        message: `The registration of ${namespace} in subscription ${subscriptionId} has not ended; until it has, regions may refuse what the build makes.`,
        remedy: "Wait until it says Registered.",
        commands: [
          `az provider show --namespace ${namespace} --subscription ${subscriptionId} --query registrationState`,
        ],
      },
    ];
  }
  const isSure = needed.some((one) => one === namespace);
  return [
    {
      code: isSure ? "AIB021" : "AIB022",
      message: isSure
        ? `The resource provider ${namespace} is ${spokenState(state)} in subscription ${subscriptionId}; ${strikes(namespace)}.`
        : `The resource provider ${namespace} is ${spokenState(state)} in subscription ${subscriptionId}. Some documents ask for it and some do not; where it is needed, the run fails while it makes the build VM.`,
      remedy: "Have it registered; that takes Contributor on the subscription, and a few minutes.",
      commands: [register],
    },
  ];
}

function strikes(namespace: string): string {
  return namespace === builder
    ? "the template would be refused"
    : "the run would fail while the service makes the build's resources";
}

function judgeOffer({ regions, apiVersions }: Offer, { plan, template }: Subject): readonly Problem[] {
  const location = regionName(template.location);
  const command =
    `az provider show --namespace ${builder} --query ` +
    `"resourceTypes[?resourceType=='imageTemplates'].{regions:locations,versions:apiVersions}"`;
  return [
    ...(regions.length === 0 || regions.includes(location)
      ? []
      : [
          {
            code: "AIB023",
            message: `The template's region is ${location}, and Image Builder is not offered there; the template would be refused. The image itself may be copied to regions without Image Builder.`,
            remedy: `Build in a region that has it, and name ${location} among the target regions.`,
            commands: [command],
            input: "location",
          },
        ]),
    ...(apiVersions.length === 0 || apiVersions.includes(plan.apiVersion)
      ? []
      : [
          {
            code: "AIB023",
            message: `The template needs API version ${plan.apiVersion}, and Image Builder offers ${listSome(apiVersions)} here; the template would be refused.`,
            remedy:
              plan.apiVersion === "2025-10-01"
                ? "Leave out what only that version has: additional data disks, workload optimization, the replication mode."
                : "Use a cloud that offers it.",
            commands: [command],
          },
        ]),
  ];
}

function listSome(versions: readonly string[]): string {
  return versions.length > 4 ? `${versions.slice(0, 4).join(", ")} and older ones` : versions.join(", ");
}
