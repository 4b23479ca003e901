/** The table of every property of the newest template schema and the inputs that set it. */

interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly type?: string;
  readonly items?: Schema;
  readonly const?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

/**
 * What sets a property, by the beginning of its path; the longest that fits counts. `templateFile` and
 * `templateOverrides` reach every property and are not named.
 */
const setBy: Readonly<Record<string, string>> = {
  "identity.type": "always `UserAssigned`",
  "identity.userAssignedIdentities": "`managedIdentity`",
  location: "`location`",
  tags: "`templateTags`, and the task's own",
  "properties.additionalDataDisks": "`dataDisks`",
  "properties.autoRun": "`autoRun` is read and not sent: the task starts the run itself",
  "properties.buildTimeoutInMinutes": "`buildTimeoutInMinutes`",
  "properties.customize[](File)": "`steps` (`file`)",
  "properties.customize[](PowerShell)": "`steps` (`powershell`)",
  "properties.customize[](PowerShell).inline": "`inlineScript`, `steps` (`powershell`), `environment`",
  "properties.customize[](PowerShell).runElevated": "`runElevated`, `steps` (`powershell`)",
  "properties.customize[](PowerShell).runAsSystem": "`runAsSystem`, `steps` (`powershell`)",
  "properties.customize[](Shell)": "`steps` (`shell`)",
  "properties.customize[](Shell).inline": "`inlineScript`, `steps` (`shell`), `environment`",
  "properties.customize[](WindowsRestart)": "`steps` (`restart`)",
  "properties.customize[](WindowsUpdate)": "`steps` (`windowsUpdate`)",
  "properties.customize[](WindowsUpdate).type": "`windowsUpdate`, `steps` (`windowsUpdate`)",
  "properties.distribute[](ManagedImage)": "`targetType`, `targets` (`managedImage`)",
  "properties.distribute[](ManagedImage).imageId": "`managedImage`, `targets`",
  "properties.distribute[](ManagedImage).location": "`managedImageLocation`, `targets`",
  "properties.distribute[](ManagedImage).artifactTags": "`imageTags`, `provenanceTags`",
  "properties.distribute[](ManagedImage).runOutputName": "the kind, or `name` in `targets`",
  "properties.distribute[](SharedImage)": "`targetType`, `targets` (`gallery`)",
  "properties.distribute[](SharedImage).artifactTags": "`imageTags`, `provenanceTags`",
  "properties.distribute[](SharedImage).runOutputName": "the kind, or `name` in `targets`",
  "properties.distribute[](SharedImage).excludeFromLatest": "`excludeFromLatest`, `targets`",
  "properties.distribute[](SharedImage).galleryImageId": "`galleryImage`, `galleryVersion`, `targets`",
  "properties.distribute[](SharedImage).replicationMode": "`replicationMode`, `targets`",
  "properties.distribute[](SharedImage).replicationRegions": "`replicationRegions`, sent as `targetRegions`",
  "properties.distribute[](SharedImage).storageAccountType": "`distributeStorageAccountType`, sent in `targetRegions`",
  "properties.distribute[](SharedImage).targetRegions": "`targetRegions`, `targets`",
  "properties.distribute[](SharedImage).versioning": "`galleryVersion`, `targets`",
  "properties.distribute[](VHD)": "`targetType`, `targets` (`vhd`)",
  "properties.distribute[](VHD).artifactTags": "`imageTags`, `provenanceTags`",
  "properties.distribute[](VHD).runOutputName": "the kind, or `name` in `targets`",
  "properties.distribute[](VHD).uri": "`vhdUri`, `targets`",
  "properties.errorHandling.onCustomizerError": "`onCustomizerError`",
  "properties.errorHandling.onValidationError": "`onValidationError`",
  "properties.managedResourceTags": "`managedResourceTags`",
  "properties.optimize.vmBoot": "`optimizeVmBoot`",
  "properties.optimize.workload": "`optimizeWorkload`",
  "properties.source": "`sourceImage`",
  "properties.source(PlatformImage).version": "`sourceImage`, `sourceVersion`",
  "properties.source(PlatformImage).planInfo": "`purchasePlan`, else the image's own",
  "properties.source(SharedImageVersion).imageVersionId": "`sourceImage`, `sourceVersion`",
  "properties.stagingResourceGroup": "`stagingResourceGroup`",
  "properties.validate.continueDistributeOnFailure": "`continueOnValidationFailure`",
  "properties.validate.inVMValidations[](File)": "`validators` (`file`)",
  "properties.validate.inVMValidations[](PowerShell)": "`validators` (`powershell`)",
  "properties.validate.inVMValidations[](PowerShell).inline": "`validationScript`, `validators` (`powershell`)",
  "properties.validate.inVMValidations[](Shell)": "`validators` (`shell`)",
  "properties.validate.inVMValidations[](Shell).inline": "`validationScript`, `validators` (`shell`)",
  "properties.validate.sourceValidationOnly": "`sourceValidationOnly`",
  "properties.vmProfile.osDiskSizeGB": "`osDiskSizeGB`",
  "properties.vmProfile.userAssignedIdentities": "`buildVmIdentities`",
  "properties.vmProfile.vmSize": "`vmSize`",
  "properties.vmProfile.vnetConfig.containerInstanceSubnetId": "`containerInstanceSubnet`",
  "properties.vmProfile.vnetConfig.proxyVmSize": "`proxyVmSize`",
  "properties.vmProfile.vnetConfig.subnetId": "`subnet`",
};

/** Every property of a template schema as a path, e.g. `properties.customize[](Shell).inline[]`. */
export function listProperties(schema: Schema): readonly string[] {
  return walk(schema, "", schema.definitions ?? {});
}

function walk(given: Schema, path: string, definitions: Readonly<Record<string, Schema>>): readonly string[] {
  const schema = resolve(given, definitions);
  if (schema.oneOf !== undefined) {
    return schema.oneOf.flatMap((one) => {
      const variant = resolve(one, definitions);
      const kind = variant.properties?.["type"]?.const ?? variant.properties?.["scheme"]?.const ?? "";
      return walk(variant, `${path}(${kind})`, definitions);
    });
  }
  if (schema.type === "array" && schema.items !== undefined) return walk(schema.items, `${path}[]`, definitions);
  const parts = Object.entries(schema.properties ?? {});
  if (parts.length === 0) return [path];
  return parts.flatMap(([name, part]) => walk(part, path === "" ? name : `${path}.${name}`, definitions));
}

function resolve(schema: Schema, definitions: Readonly<Record<string, Schema>>): Schema {
  const name = schema.$ref?.split("/").at(-1);
  if (name !== undefined) return resolve(definitions[name] ?? {}, definitions);
  const [only, ...others] = schema.allOf ?? [];
  return only !== undefined && others.length === 0 ? resolve(only, definitions) : schema;
}

/** What sets the property of that path. Throws an Error for one that nothing sets. */
export function describeSetter(path: string): string {
  const prefix = Object.keys(setBy)
    .filter((one) => path === one || (path.startsWith(one) && /^[.([]/.test(path.slice(one.length))))
    .sort((a, b) => b.length - a.length)[0];
  if (prefix === undefined) throw new Error(`No input is named for the template property ${path}.`);
  return setBy[prefix] ?? "";
}

/** The table, in Markdown. Throws an Error where a property has no input. */
export function propertyTable(schema: Schema): string {
  const rows = listProperties(schema).map((path) => `| \`${path}\` | ${describeSetter(path)} |`);
  return ["| template property | set by |", "| --- | --- |", ...rows].join("\n");
}
