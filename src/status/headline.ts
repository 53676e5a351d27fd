import { htmlToText } from "./html_text.ts";

// The host's headline of an outage in both languages, with at most one adjective.
const OUTAGE =
  /(?<![\p{L}\p{N}])(?:временный(?:[^\p{L}\p{N}]+\p{L}+)?[^\p{L}\p{N}]*сбой|(?:temporary|service|partial|major)[^\p{L}\p{N}]+(?:failure|outage|disruption|malfunction))(?![\p{L}\p{N}])/iu;
const ENDED =
  /(?:устран|заверш|реш|прош)[её]н(?!и)|восстановлен(?!и)|исправлен(?!и)|(?:за|о)кончен|(?:закончил|завершил|прекратил)ся|прош[её]л(?!\p{L})|ликвидирован|снят(?!и)|позади|вс[её]\s+работает|(?:больше|более)\s+не(?!\p{L})|(?<!\p{L})был(?!\p{L})|(?<!\p{L})(?:resolved|fixed|restored|ended|over|no longer)(?!\p{L})/iu;
const NO_LONGER = /(?<!\p{L})(?:больше|более)\s+не(?!\p{L})/giu;
// Words that negate or limit the end of an outage.
const NOT_YET =
  /(?<!\p{L})(?:не|ещ[её]|пока|будет|скоро|частично|not|yet|partially|will|soon|being)(?!\p{L})|недоступ|обнаружен|зафиксирован|выявлен|продолжа/iu;
// «Не всё отлично работает».
const NOT_ALL_WELL =
  /(?<![\p{L}\p{N}])не[^\p{L}\p{N}]+вс[её][^\p{L}\p{N}]+(?:отлично[^\p{L}\p{N}]+)?работает(?![\p{L}\p{N}])/iu;

/**
 * Whether a headline of the feed names an outage and not its end. A headline may hold HTML, so it is read
 * in three ways: as a browser shows it, without tags as Bitrix24's product does, and with doubly escaped
 * entities.
 */
export function namesOutage(headline: string): boolean {
  const { text } = htmlToText(headline);
  const bare = htmlToText(headline.replace(/<[^<>]*>/g, " ")).text;
  return [text, bare, htmlToText(text).text].some((it) => {
    if (NOT_ALL_WELL.test(it)) return true;
    return OUTAGE.test(it) && !(ENDED.test(it) && !NOT_YET.test(it.replace(NO_LONGER, "")));
  });
}
