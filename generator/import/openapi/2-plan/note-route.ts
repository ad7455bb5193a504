import { quoteText } from "../../../3-model/quote-text.js";
import type { DocumentOperation } from "../1-read/document-operation.js";
import type { Cause, ImportNote } from "../1-read/import-note.js";
import type { DraftRoute } from "./draft-routes.js";

/** What is worth knowing of a route that carries operations over. */
export function noteRoute({ operations, segments, needs }: DraftRoute): readonly ImportNote[] {
  if (needs === undefined) return [];
  const [first] = operations;
  return operations.flatMap((operation) => {
    const causes: Cause[] = [];
    if (needs.kind === "public" && !operation.isSecuritySaid) causes.push(publicUnsaid);
    if (operation !== first && first !== undefined) causes.push(sameRoute(first));
    const last = segments.at(-2);
    const isRest = segments.at(-1)?.kind === "rest";
    for (const [name, why] of operation.slashes) {
      const isLast = isRest && last?.kind === "param" && last.name === name;
      causes.push(isLast ? rest(name, why) : encodedSlash(name, why));
    }
    const { id, pointer } = operation;
    return [...operation.notes, ...causes.map((cause) => ({ ...cause, operation: id, pointer }))];
  });
}

const publicUnsaid: Cause = {
  code: "openapi-public-unsaid",
  message: "it is public: the document asks for no credentials here",
  help: "where that is an oversight, write `security` in the document, or pass `--unsaid roles`",
};

function sameRoute({ id }: DocumentOperation): Cause {
  return {
    code: "openapi-same-route",
    message: `one route decides it and ${quoteText(id)}, which needs the same`,
  };
}

function encodedSlash(name: string, why: string): Cause {
  return {
    code: "openapi-encoded-slash",
    message: `${quoteText(name)} may hold a slash, written \`%2F\`: ${why}`,
  };
}

function rest(name: string, why: string): Cause {
  return {
    code: "openapi-rest",
    message: `${quoteText(name)} takes the rest of the path, as \`:${name}/**\`: ${why}`,
  };
}
