import { regionOf } from "../../domain/region.ts";
import { statusSettings } from "../../settings/derived.ts";
import { createStatusSource, type Heard } from "../../status/source.ts";
import { beginning, type Finding } from "./finding.ts";
import type { Scene } from "./scene.ts";

/** Time limit of a request, because a person waits for the result. */
const MAX_TIMEOUT_MS = 10_000;

/** Reads the status of a region, and shows the unchanged answers of its host. */
export async function askStatus(
  { config, voice, build }: Scene,
  region: string,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { status: words, problems, doctor: { status: texts } } = voice.texts;
  const heard: Heard[] = [];
  const settings = statusSettings(config);
  const source = createStatusSource({
    ...settings,
    requestTimeoutMs: Math.min(settings.requestTimeoutMs, MAX_TIMEOUT_MS),
    retryAttempts: 1,
    version: build.version,
    logger: { debug() {}, info() {}, warning() {} },
    onHeard: (it) => heard.push(it),
  });
  const { status, source: voiceOf, problem, problemDetail } = await source.read(region, signal);
  const { host } = new URL(source.pageUrl(region));
  const cited = heard.flatMap(({ url, status: code, beginning: body, reading }) => [
    texts.answer(
      url,
      code,
      reading.problemDetail === "" ? reading.status : `${reading.status}, ${reading.problemDetail}`,
    ),
    ...code === null ? [] : [body === "" ? texts.empty : beginning(body)],
  ]);
  if (status === "unreadable") {
    const what = problem === null ? status : problems[problem];
    const isUntrusted = /certificate|UnknownIssuer/i.test(problemDetail);
    const text = isUntrusted
      ? texts.untrusted(region, host, problemDetail)
      : texts.unreadable(region, host, what, problemDetail);
    return [{ mark: "wrong", text, cited }];
  }
  const isListed = regionOf(region)?.isListed !== false;
  const isWell = status === "operational" && voiceOf === "json" && isListed;
  const told = [
    words.region[status],
    ...voiceOf === "html" ? [texts.fromPage] : [],
    ...isListed ? [] : [words.unlisted],
  ];
  return [{
    mark: isWell ? "well" : "odd",
    text: texts.well(region, host, told.join("; ")),
    cited,
  }];
}
