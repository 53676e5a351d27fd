import { type CsvFile, csvFiles } from "../../src/export/csv_files.ts";
import type { IncidentRecord } from "../../src/domain/record.ts";
import { assert, assertEquals } from "../assert.ts";

const NAME = "incidents";
const HEADER = "\uFEFFid;region;";

/** Pages of incidents whose descriptions do not repeat, so that they can hardly be compressed. */
async function* pages(count: number, size: number): AsyncGenerator<IncidentRecord[]> {
  for (let page = 0; page < count; page++) {
    yield await Promise.resolve(Array.from({ length: size }, (_, index): IncidentRecord => ({
      id: page * size + index + 1,
      region: "ru",
      components: ["CRM"],
      title: "",
      description: crypto.randomUUID(),
      isOpen: false,
      startedAt: 0,
      endedAt: 60_000,
      severity: "outage",
      origin: "feed",
      relapses: 0,
    })));
  }
}

async function textOf({ chunks, isCompressed }: CsvFile): Promise<string> {
  const stream = new Blob([...chunks]).stream();
  const plain = isCompressed ? stream.pipeThrough(new DecompressionStream("gzip")) : stream;
  // Text() would drop the byte order mark.
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await new Response(plain).bytes());
}

/** All files, each read before the next one is asked for. */
async function read(files: AsyncIterable<CsvFile>) {
  return await Array.fromAsync(files, async ({ chunks, ...it }) => ({
    ...it,
    bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    ids: idsOf(await textOf({ chunks, ...it })),
  }));
}

/** The ids in a file, which begins with the header. */
function idsOf(text: string): number[] {
  assert(text.startsWith(HEADER), text.slice(0, 40));
  return text.split("\r\n").slice(1).filter((it) => it).map((line) => Number(line.split(";")[0]));
}

Deno.test("csvFiles() makes one plain file of few incidents, also of none", async () => {
  for (const count of [0, 3]) {
    const files = await read(csvFiles(pages(count, 2), { name: NAME, now: 0 }));
    assertEquals(
      files.map(({ bytes: _, ids, ...rest }) => ({ ...rest, ids: ids.length })),
      [{
        name: `${NAME}.csv`,
        incidents: count * 2,
        isCompressed: false,
        part: null,
        ids: count * 2,
      }],
    );
  }
});

Deno.test("csvFiles() compresses what is large", async () => {
  const options = { name: NAME, now: 0, plainBytes: 10_000 };
  const [file, ...more] = await read(csvFiles(pages(10, 100), options));
  assert(file);
  assertEquals([file.name, file.incidents, file.part], [`${NAME}.csv.gz`, 1_000, null]);
  assert(file.bytes < 60_000, `${file.bytes} bytes`);
  assertEquals(file.ids.length, 1_000);
  assertEquals(more, []);
});

Deno.test("csvFiles() gives the bytes of a file back when the next one is asked for", async () => {
  const options = { name: NAME, now: 0, plainBytes: 10_000, partBytes: 100_000 };
  const sizes = (files: readonly CsvFile[]) =>
    files.map(({ chunks }) => chunks.reduce((sum, it) => sum + it.length, 0));
  const seen: CsvFile[] = [];
  for await (const file of csvFiles(pages(100, 100), options)) {
    assertEquals(sizes(seen), seen.map(() => 0));
    seen.push(file);
    assert((sizes([file])[0] ?? 0) > 0, "nothing in it");
  }
  assertEquals(sizes(seen), seen.map(() => 0));
});

Deno.test("csvFiles() makes several of what is larger still, with every incident in one of them", async () => {
  const options = { name: NAME, now: 0, plainBytes: 10_000, partBytes: 100_000 };
  const files = await read(csvFiles(pages(100, 100), options));
  assert(files.length > 2, `${files.length} files`);
  assertEquals(files.map((it) => it.name), files.map((_, index) => `${NAME}-${index + 1}.csv.gz`));
  assertEquals(files.map((it) => it.part), files.map((_, index) => index + 1));
  const ids = files.flatMap((it) => it.ids);
  assertEquals(ids, Array.from({ length: 10_000 }, (_, index) => index + 1));
  assertEquals(files.reduce((sum, it) => sum + it.incidents, 0), 10_000);
  // What the compressor still held when the limit was reached comes on top.
  for (const { bytes } of files) assert(bytes < 200_000, `${bytes} bytes`);
});
