import { readFile, readdir } from "node:fs/promises";
import { describe, expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const docs = (await readdir(new URL("docs/", root))).filter((name) => name.endsWith(".md"));
const pages = ["README.md", ...docs.map((name) => `docs/${name}`)];

/** Markdown's links to other files and to headings, without those to the web. */
async function linksOf(page: string): Promise<readonly string[]> {
  const text = await readFile(new URL(page, root), "utf8");
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

/** The anchors of a page's headings, as GitHub makes them. */
async function anchorsOf(page: URL): Promise<readonly string[]> {
  const text = await readFile(page, "utf8");
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** What a link leads to and is not there. */
async function missing(page: string, link: string): Promise<string | undefined> {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? new URL(page, root) : new URL(path, new URL(page, root));
  if (anchor !== undefined) {
    const anchors = await anchorsOf(target).catch((): readonly string[] => []);
    return anchors.includes(anchor) ? undefined : link;
  }
  const isThere =
    (await readFile(target).catch(() => undefined)) ??
    (await readdir(target).catch(() => undefined));
  return isThere === undefined ? link : undefined;
}

describe.each(pages)("the links of %s", (page) => {
  it("lead somewhere", async () => {
    const links = await linksOf(page);
    const broken = await Promise.all(links.map((link) => missing(page, link)));
    expect(broken.filter((link) => link !== undefined)).toEqual([]);
  });
});
