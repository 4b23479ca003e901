/** Where clients learn the routes of an area: OPTIONS of the area, and the list of areas. */
import { type Answer, type Exchange, jsonAnswer } from "../../core/exchange.ts";
import { list, service } from "./answers.ts";

interface Location {
  readonly id: string;
  readonly resourceName: string;
  readonly routeTemplate: string;
  readonly resourceVersion: number;
  /** There is no version of it that is not in preview. */
  readonly isPreview?: boolean;
}

/** Identifiers and templates as the public clients and answers of real organizations show them. */
const areas: Readonly<Record<string, readonly Location[]>> = {
  build: [
    {
      id: "dbeaf647-6167-421a-bda9-c9327b25e2e6",
      resourceName: "definitions",
      routeTemplate: "{project}/_apis/{area}/{resource}/{definitionId}",
      resourceVersion: 7,
    },
    {
      id: "0cd358e1-9217-4d94-8269-1c1ee6f93dcf",
      resourceName: "builds",
      routeTemplate: "{project}/_apis/{area}/{resource}/{buildId}",
      resourceVersion: 7,
    },
    {
      id: "1db06c96-014e-44e1-ac91-90b2d4b3e984",
      resourceName: "artifacts",
      routeTemplate: "{project}/_apis/{area}/builds/{buildId}/{resource}",
      resourceVersion: 5,
    },
    {
      id: "f2192269-89fa-4f94-baf6-8fb128c55159",
      resourceName: "attachments",
      routeTemplate: "{project}/_apis/{area}/builds/{buildId}/{resource}/{type}",
      resourceVersion: 2,
      isPreview: true,
    },
    {
      id: "af5122d3-3438-485e-a25a-2dbbfde84ee6",
      resourceName: "attachments",
      routeTemplate: "{project}/_apis/{area}/builds/{buildId}/{timelineId}/{recordId}/{resource}/{type}/{name}",
      resourceVersion: 2,
      isPreview: true,
    },
  ],
  location: [
    {
      id: "e81700f7-3be2-46de-8624-2eb35882fcaa",
      resourceName: "resourceAreas",
      routeTemplate: "_apis/{resource}/{areaId}",
      resourceVersion: 1,
    },
  ],
};

/** What of a resource of the Build area decides which versions are served. */
export function buildResource(resource: string): Pick<Location, "resourceVersion" | "isPreview"> {
  return areas["build"]?.find(({ resourceName }) => resourceName === resource) ?? { resourceVersion: 0 };
}

/** Answers `OPTIONS <organization>/_apis/<area>`; an area that has none of the routes has an empty list. */
export function describeArea(area: string): Answer {
  const locations = (areas[area.toLowerCase()] ?? []).map((location) => ({
    id: location.id,
    area: area.toLowerCase() === "location" ? "Location" : area.toLowerCase(),
    resourceName: location.resourceName,
    routeTemplate: location.routeTemplate,
    resourceVersion: location.resourceVersion,
    minVersion: "1.0",
    maxVersion: "7.2",
    releasedVersion: area.toLowerCase() === "location" || location.isPreview === true ? "0.0" : "7.1",
  }));
  return list(locations, "issue", "OPTIONS of an area");
}

/** Answers `GET <organization>/_apis/resourceAreas`: all areas that are served lie at the organization's own address. */
export function listAreas({ url }: Exchange, organization: string): Answer {
  const value = [
    { id: "965220d5-5bb9-42cf-8d67-9b146df2a5a4", name: "build", locationUrl: `${url.origin}/${organization}/` },
  ];
  return jsonAnswer(200, { count: value.length, value }, { service, mark: "documented", fact: "resourceAreas" });
}
