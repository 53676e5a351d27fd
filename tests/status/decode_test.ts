import { assert, assertEquals } from "../assert.ts";
import { assertSound, AT, ERROR, feed, NOTICE, page, WARNING } from "./readings.ts";

Deno.test("feed: the three known answers", () => {
  assertEquals(feed(NOTICE), {
    region: "ru",
    status: "operational",
    title: "Всё отлично работает",
    details: "",
    components: [],
    hostTime: null,
    announcementId: 0,
    source: "json",
    problem: null,
    problemDetail: "",
    at: AT,
  });
  assertEquals(feed(WARNING), {
    region: "ru",
    status: "degraded",
    title: "Возможны задержки",
    details: "Почта, Телефония: возможны задержки до 16:00",
    components: ["Почта", "Телефония"],
    hostTime: null,
    announcementId: 4711,
    source: "json",
    problem: null,
    problemDetail: "",
    at: AT,
  });
  const error = feed(ERROR);
  assertEquals([error.status, error.announcementId], ["outage", 4712]);
  assertEquals(error.components, ["CRM", "Почта"]);
  assertEquals(error.hostTime, Date.UTC(2026, 10, 22, 11, 5, 33));
});

Deno.test("feed: a notice under the headline of an outage contradicts itself, its text is kept", async (t) => {
  const notice = (statusTitle: string, more = {}) =>
    feed({
      result: "notice",
      info: "",
      statusTitle,
      statusInfo: "Недоступны: CRM",
      id: 1,
      ...more,
    });
  for (
    const title of [
      "ВРЕМЕННЫЙ СБОЙ",
      "Временный сбой!",
      "<b>временный&nbsp;сбой</b> в работе CRM",
      "<span style='display:none'>ВРЕМЕННЫЙ</span> <template>СБОЙ</template>",
      "ВРЕМЕННЫЙ&amp;nbsp;СБОЙ",
      "🔴ВРЕМЕННЫЙ\u00A0—\u200BСБОЙ🔴",
      "Временный технический сбой",
      "ВРЕМЕННЫЙ СБОЙ: CRM не работает",
      "Временный сбой, мы работаем над решением",
      "Временный сбой ещё не устранён",
      "Временный сбой будет устранён в течение часа",
      "Временный сбой, восстанавливаем работу",
      "Временный сбой частично устранён",
      "Временный сбой был обнаружен в 10:00",
      "Не всё отлично работает",
      "TEMPORARY OUTAGE",
      "Service disruption is not resolved yet",
    ]
  ) {
    await t.step(title, () => {
      const reading = notice(title);
      assertSound(reading);
      assertEquals([reading.status, reading.problem], ["unreadable", "contradictory"]);
      assertEquals(reading.details, "Недоступны: CRM");
    });
  }
  for (
    const [title, more] of [
      ["Временный сбой устранён", {}],
      ["СБОЙ УСТРАНЕН. ВРЕМЕННЫЙ СБОЙ ДЛИЛСЯ ЧАС", {}],
      ["Временный сбой устране\u0308н", {}],
      ["Временный сбой больше не наблюдается", {}],
      ["Вчера был временный сбой", {}],
      ["Temporary outage resolved", {}],
      ["ВРЕМЕННЫЙ СБОЙ ЗАВЕРШЕН, всё работает", {}],
      ["Восстановлено: временный сбой", {}],
      ["Всё отлично работает", { statusInfo: "ВРЕМЕННЫЙ СБОЙ был утром" }],
      ["Всё отлично работает", { info: "ВРЕМЕННЫЙ СБОЙ" }],
      ["Мы чиним временные сбои", {}],
    ] as const
  ) {
    await t.step(title, () => assertEquals(notice(title, more).status, "operational"));
  }
  await t.step("where there is no headline, info stands in its place", () => {
    const reading = notice("", { info: "Временный сбой" });
    assertSound(reading);
    assertEquals([reading.problem, reading.title], ["contradictory", "Временный сбой"]);
  });
  await t.step("a warning or an error keeps its severity", () => {
    assertEquals(notice("ВРЕМЕННЫЙ СБОЙ", { result: "warning" }).status, "degraded");
  });
});

Deno.test("feed: what is not understood is unreadable", () => {
  const bodies: readonly (readonly [body: string, problem: string])[] = [
    ["", "empty"],
    [" \r\n\t", "empty"],
    ["\uFEFF", "empty"],
    ["null", "not_understood"],
    ["[]", "not_understood"],
    [`[${NOTICE}]`, "not_understood"],
    ['"notice"', "not_understood"],
    ["{}", "not_understood"],
    [NOTICE + NOTICE, "not_understood"],
    [`${NOTICE}x`, "not_understood"],
    [NOTICE.slice(0, -1), "not_understood"],
    ['{"result":"Notice"}', "not_understood"],
    ['{"result":"notice "}', "not_understood"],
    ['{"result":["notice"]}', "not_understood"],
    ['{"result":true}', "not_understood"],
    ['{"result":"ok"}', "not_understood"],
    ['{"Result":"notice"}', "not_understood"],
    ['{"__proto__":{"result":"notice"}}', "not_understood"],
    ['{"data":{"result":"notice"}}', "not_understood"],
    ['{"result":"error","result":"notice"}', "not_understood"],
    ['{"result":"error","r\\u0065sult" : "notice"}', "not_understood"],
    ['{"result":"notice","statusTitle":"ВРЕМЕННЫЙ СБОЙ","statusTitle":""}', "not_understood"],
    ['{"result":"notice","id":1,"i\\u0064":2}', "not_understood"],
    ['{"result":"notice","info":1}', "not_understood"],
    ['{"result":"notice","statusTitle":[]}', "not_understood"],
    ['{"result":"notice","statusInfo":{}}', "not_understood"],
    ['{"result":"notice","id":"x"}', "not_understood"],
    ['{"result":"notice","id":1.5}', "not_understood"],
    ['{"result":"notice","id":1e999}', "not_understood"],
    ["<html>ВСЕ ОТЛИЧНО РАБОТАЕТ</html>", "not_understood"],
    ["[".repeat(300_000), "not_understood"],
  ];
  for (const [body, problem] of bodies) {
    const reading = feed(body);
    assertEquals([reading.status, reading.problem], ["unreadable", problem], body.slice(0, 80));
    assertSound(reading);
  }
  const nested =
    '{"result":"notice","more":{"result":"error"},"list":["result"],"text":"a\\"result\\":"}';
  assertEquals(feed(nested).status, "operational", "only the outermost names count");
});

Deno.test("feed: a malformed text does not hide a known fault", () => {
  const reading = feed({ result: "error", info: 5, statusTitle: ["x"], statusInfo: "CRM", id: {} });
  assertEquals([reading.status, reading.title, reading.details], ["outage", "", "CRM"]);
  assertEquals([reading.components, reading.announcementId], [["CRM"], null]);
  assertEquals(feed({ result: "warning" }).status, "degraded");
  assertEquals(feed('{"result":"error","info":"a","info":"b"}').status, "outage");
  assertEquals(feed({ result: "error", id: "4712" }).announcementId, 4712);
  for (const id of [null, "", "1.5", "0x1", 2 ** 60, true]) {
    assertEquals(feed({ result: "error", id }).announcementId, null);
  }
});

Deno.test("feed: headline and announcement", () => {
  const texts = (value: object) => {
    const reading = feed({ result: "error", ...value });
    return [reading.title, reading.details];
  };
  assertEquals(texts({ info: "i", statusTitle: "t", statusInfo: "d" }), ["t", "d"]);
  assertEquals(texts({ info: "i", statusTitle: "t", statusInfo: " <br> " }), ["t", "i"]);
  assertEquals(texts({ info: "i", statusTitle: "<b></b>", statusInfo: "d" }), ["i", "d"]);
  assertEquals(texts({ info: "i", statusTitle: null }), ["i", ""]);
  assertEquals(texts({ info: "same", statusTitle: "same" }), ["same", ""]);
  assertEquals(texts({ statusTitle: "a<br>b", statusInfo: "<p>c</p><p>d &amp; e</p>" }), [
    "a b",
    "c\nd & e",
  ]);
  assertEquals(
    feed({ result: "error", info: "Почта", statusTitle: "t", statusInfo: "CRM" }).components,
    ["CRM", "Почта"],
  );
  const long = feed({
    result: "error",
    statusTitle: "слово ".repeat(99),
    statusInfo: "слово ".repeat(9_999),
  });
  assert(long.title.endsWith("слово…") && long.details.endsWith("слово…"));
  assertSound(long);
});

Deno.test("host time: the first real date, in Moscow time", () => {
  const time = (statusInfo: string) => feed({ result: "error", statusInfo }).hostTime;
  assertEquals(time("с 01.02.2026 03:04"), Date.UTC(2026, 1, 1, 0, 4));
  assertEquals(time("01.01.2026&nbsp;<b>00:00:01</b>"), Date.UTC(2025, 11, 31, 21, 0, 1));
  assertEquals(time("31.02.2026 10:00:00, 29.02.2028 10:00"), Date.UTC(2028, 1, 29, 7, 0));
  const wrong = [
    "01.02.2026",
    "32.01.2026 10:00",
    "01.13.2026 10:00",
    "01.01.2026 24:00",
    "01.01.2026 10:60",
    "01.01.0026 10:00",
    "1.01.01.2026 10:00",
    "01.01.2026 10:00:99",
    "00.00.0000 00:00",
  ];
  for (const text of wrong) assertEquals(time(text), null, text);
});

Deno.test("page: the two phrases as visible text", () => {
  const well = [
    "ВСЕ ОТЛИЧНО РАБОТАЕТ",
    "<h1>Всё отлично<br>работает!</h1>",
    "<b>ВС</b><i>Е</i>&nbsp;ОТЛИЧНО&#32;РАБОТАЕТ",
    "Все отлично ра\u00ADботает",
    "<script>'ВРЕМЕННЫЙ СБОЙ'</script>Все отлично работает<!-- временный сбой -->",
    "<style>.a,[hidden]{display:none}p.b{opacity:0}i::before{opacity:0}</style><p class=b><b>x</b></p><i class=b>Все отлично работает",
    "<p hidden>Временный сбой</p><p title='временный сбой'>Все отлично работает</p>",
  ];
  for (const html of well) assertEquals(page(html).status, "operational", html);
  const unclear = [
    "<div id=root></div>",
    "Не все отлично работает",
    "НЕ ВСЁ ОТЛИЧНО РАБОТАЕТ",
    "не&nbsp;«все отлично работает»",
    "<script>ВСЕ ОТЛИЧНО РАБОТАЕТ</script>",
    "<!-- ВСЕ ОТЛИЧНО РАБОТАЕТ -->",
    "<p title='ВСЕ ОТЛИЧНО РАБОТАЕТ'>",
    "<template>ВСЕ ОТЛИЧНО РАБОТАЕТ</template>",
    "<title>ВСЕ ОТЛИЧНО РАБОТАЕТ</title>",
    "ВСЕ ОТЛИЧНО",
    "совсе отлично работает",
    "<b style='display:none'>ВСЕ ОТЛИЧНО РАБОТАЕТ</b>",
    NOTICE.replace("Всё отлично", ""),
    "вре<div style='display:inline'>менный сбой</div> ВСЕ ОТЛИЧНО РАБОТАЕТ",
    "<style>.a{display:none}</style><p class='b a'>ВСЕ ОТЛИЧНО РАБОТАЕТ</p>",
    "<p id=b>ВСЕ ОТЛИЧНО РАБОТАЕТ</p><style>@media all{x,main>p#b{opacity:0}}</style>",
    "<style>p{visibility : hidden}</style><div><p>ВСЕ ОТЛИЧНО РАБОТАЕТ</p></div>",
    "<style>#c{visibility:hidden}</style>не<p id=c>x</p>ВСЕ ОТЛИЧНО РАБОТАЕТ",
    "<style>body{display:none}</style>ВСЕ ОТЛИЧНО РАБОТАЕТ",
    "<style>*{display:none}</style>ВСЕ ОТЛИЧНО РАБОТАЕТ",
    "<p style='opacity:0'>ВСЕ ОТЛИЧНО РАБОТАЕТ</p>",
    "<p style='position:absolute;left:-9999px'>ВСЕ ОТЛИЧНО РАБОТАЕТ</p>",
    `ВСЕ ОТЛИЧНО РАБОТАЕТ${"<i>".repeat(999)}ВРЕМЕННЫЙ СБОЙ`,
  ];
  for (const html of unclear) {
    assertEquals(
      [page(html).status, page(html).problem],
      ["unreadable", "not_understood"],
      html.slice(0, 99),
    );
  }
  assertEquals(page(" ").problem, "empty");
});

Deno.test("page: an incident, its description, its region", () => {
  const html =
    "<nav>ВСЕ ОТЛИЧНО РАБОТАЕТ</nav><h1>Временный&nbsp;<b>сбой</b></h1><p>22.11.2026 14:05:33 Регион .ru.<br>" +
    "Недоступны: CRM, почта.</p><p>Пожалуйста, подождите</p><footer>Телефония .com</footer>";
  assertEquals(page(html), {
    region: "ru",
    status: "outage",
    title: "Временный сбой",
    details: "22.11.2026 14:05:33 Регион .ru.\nНедоступны: CRM, почта.",
    components: ["CRM", "Почта"],
    hostTime: Date.UTC(2026, 10, 22, 11, 5, 33),
    announcementId: null,
    source: "html",
    problem: null,
    problemDetail: "",
    at: AT,
  });
  const other = page(html, "com");
  assertEquals([other.status, other.problem], ["unreadable", "not_understood"]);
  assertEquals(other.problemDetail, "the page reports another region: .ru");

  const ours = [
    "",
    "без региона",
    "см. status.bitrix24.com, help.eu",
    "регион .RU",
    "регионы .com, .ru",
    ".com/.ru",
    "файл .pdf",
    "домен .com.br",
  ];
  for (const text of ours) assertEquals(page(`ВРЕМЕННЫЙ СБОЙ ${text}`).status, "outage", text);
  for (const text of ["регион .com", "Регионы .kz и .by."]) {
    assertEquals(page(`ВРЕМЕННЫЙ СБОЙ ${text} ВСЕ ОТЛИЧНО РАБОТАЕТ`).status, "unreadable", text);
  }
  const two =
    "ВРЕМЕННЫЙ СБОЙ .com CRM Пожалуйста, подождите. ВРЕМЕННЫЙ СБОЙ .ru Почта Пожалуйста, подождите";
  assertEquals(page(two).components, ["Почта"]);
  assertEquals(page(two, "eu").problemDetail, "the page reports another region: .com, .ru");
  assertEquals(
    page("<li>Временный сбой</li><h1>Временный сбой</h1>Регион .com").status,
    "unreadable",
  );
});
