/** Functions that deployment templates know and this task does not evaluate, each with the reason. */

const deployed = "it needs the answer of a deployment, and the task makes only the image template";
const secret =
  "it reads secrets of a resource, and an image template can be read by everyone who may read the resource";
const unpublished = "how Azure computes it is not published";
const notBuilt = "it is not supported in a template file";

/** Why a function is refused, by its name in lower case; `list…` functions are all alike. */
const reasons: Readonly<Record<string, string>> = {
  reference: deployed,
  references: deployed,
  deployment: "there is no deployment: the task sends the image template itself",
  deployer: deployed,
  pickzones: deployed,
  providers: deployed,
  managementgroup: "the task builds in a resource group",
  copyindex: "copy loops are not supported: write the elements one by one",
  uniquestring: unpublished,
  guid: unpublished,
  newguid: "it is different each time",
  environment: notBuilt,
  managementgroupresourceid: notBuilt,
  uri: notBuilt,
  uricomponenttostring: notBuilt,
  base64tojson: notBuilt,
  datauri: notBuilt,
  datauritostring: notBuilt,
  datetimeadd: notBuilt,
  datetimefromepoch: notBuilt,
  datetimetoepoch: notBuilt,
  float: notBuilt,
  items: notBuilt,
  toobject: notBuilt,
  sort: notBuilt,
  groupby: notBuilt,
  mapvalues: notBuilt,
  flatten: notBuilt,
  indexfromend: notBuilt,
  tryindexfromend: notBuilt,
  parsecidr: notBuilt,
  cidrsubnet: notBuilt,
  cidrhost: notBuilt,
  roledefinitions: notBuilt,
  externalinput: notBuilt,
  fail: "the template refuses to go on",
};

/** The reason why a known function is refused; undefined for one that deployment templates do not know. */
export function unsupportedReason(name: string): string | undefined {
  const word = name.toLowerCase();
  if (Object.hasOwn(reasons, word)) return reasons[word];
  return /^list[a-z]+$/.test(word) ? secret : undefined;
}
