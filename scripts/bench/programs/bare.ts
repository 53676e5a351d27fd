// The yardsticks of checks and of telling: fetch, JSON.parse and grammY's own sendMessage, nothing else.
import { Api } from "grammy";

const { BOT_TOKEN = "", TELEGRAM_API_ROOT = "", STATUS_URL = "" } = Deno.env.toObject();
const { REGIONS = "ru", INTERVAL_MS = "1000", CHAT = "0" } = Deno.env.toObject();
const { CHATS = "0", FIRST_CHAT = "0", CONCURRENCY = "1" } = Deno.env.toObject();
const TEXT = "Bitrix24 is down. Affected: CRM, Mail. Please wait, we are working on it.";

async function watch(region: string, onNews: (() => Promise<void>) | null): Promise<void> {
  const response = await fetch(`${STATUS_URL}/json_status.php?reg=${region}`);
  const status = JSON.parse(await response.text());
  if (status.result !== "notice" && !told.has(region)) {
    told.add(region);
    await onNews?.();
  }
}

async function send(chatId: number): Promise<void> {
  const response = await fetch(`${TELEGRAM_API_ROOT}/bot${BOT_TOKEN}/sendMessage`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ chat_id: chatId, text: TEXT }),
  });
  if (!JSON.parse(await response.text()).ok) throw new Error("Not sent");
}

/** Every chat is told once, so many at a time. */
async function tellAll(): Promise<void> {
  const api = new Api(BOT_TOKEN, { apiRoot: TELEGRAM_API_ROOT });
  let next = Number(FIRST_CHAT);
  const end = next + Number(CHATS);
  const teller = async () => {
    while (next < end) await api.sendMessage(next++, TEXT);
  };
  await Promise.all(Array.from({ length: Number(CONCURRENCY) }, teller));
}

const told = new Set<string>();
if (Number(CHATS) > 0) await tellAll();
else {
  const onNews = Number(CHAT) > 0 ? () => send(Number(CHAT)) : null;
  setInterval(() => {
    for (const region of REGIONS.split(",")) void watch(region, onNews);
  }, Number(INTERVAL_MS));
}
