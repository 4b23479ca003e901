/** P4, features of the subscription that decide whether a build comes through (facts, section 4). */
import { regionName } from "../../values/regions.ts";
import { textAt } from "../json.ts";
import type { Json, Read, Reads } from "../reads.ts";
import type { Problem, Subject } from "../types.ts";

/** A feature by its place below Microsoft.Features. */
interface Feature {
  readonly namespace: string;
  readonly name: string;
}

/** A feature and what its read found. */
export interface FeatureState {
  readonly feature: Feature;
  readonly state: Read<Json>;
}

const trustedLaunch: Feature = { namespace: "Microsoft.Compute", name: "TrustedLaunchByDefaultPreview" };
const fairfax: Feature = { namespace: "Microsoft.VirtualMachineImages", name: "FairfaxPublicPreview" };

/** Reads the features that matter to this template: none for most. */
export function readFeatures(subject: Subject, reads: Reads): Promise<readonly FeatureState[]> {
  return Promise.all(
    featuresOf(subject).map(async (feature) => ({ feature, state: await readFeature(feature, subject, reads) })),
  );
}

function featuresOf({ template }: Subject): readonly Feature[] {
  return [
    ...(template.properties.distribute.some(({ type }) => type === "ManagedImage") ? [trustedLaunch] : []),
    ...(/^usgov/.test(regionName(template.location)) ? [fairfax] : []),
  ];
}

function readFeature({ namespace, name }: Feature, { plan }: Subject, reads: Reads): Promise<Read<Json>> {
  const path = `/subscriptions/${plan.template.subscriptionId}/providers/Microsoft.Features/providers/${namespace}/features/${name}`;
  return reads.get(path, { apiVersion: "2021-07-01", permission: "Microsoft.Features/providers/features/read" });
}

/** A registration's state within a sentence, after `is`. */
export function spokenState(state: string): string {
  return state === "NotRegistered" ? "not registered" : `in the state ${state}`;
}

/** What is wrong with the features that were read. */
export function judgeFeatures(features: readonly FeatureState[], { plan, template }: Subject): readonly Problem[] {
  const { subscriptionId } = plan.template;
  return features.flatMap(({ feature, state }): readonly Problem[] => {
    const now = state.state === "found" ? textAt(state.value, "properties", "state") : undefined;
    const full = `${feature.namespace}/${feature.name}`;
    const options = `--namespace ${feature.namespace} --name ${feature.name} --subscription ${subscriptionId}`;
    if (feature === trustedLaunch && now === "Registered") {
      return [
        {
          code: "AIB022",
          message: `The feature ${full} is on in subscription ${subscriptionId}: machines of generation 2 get Trusted Launch, and no managed image can be made of those. The run may fail when everything is built.`,
          remedy: "Send the image to a gallery instead, or have the feature unregistered.",
          commands: [`az feature unregister ${options}`],
          input: "targetType",
        },
      ];
    }
    if (feature === fairfax && now !== undefined && now !== "Registered") {
      return [
        {
          code: "AIB021",
          message: `Image Builder is a preview in ${regionName(template.location)}, and its feature ${full} is ${spokenState(now)} in subscription ${subscriptionId}; the template would be refused.`,
          remedy: "Have the feature registered, and then the provider once more.",
          commands: [
            `az feature register ${options}`,
            `az provider register --namespace ${feature.namespace} --subscription ${subscriptionId} --wait`,
          ],
        },
      ];
    }
    return [];
  });
}
