import { type Connection, Database } from "../../src/store/database.ts";
import { BackupFolder } from "../../src/store/upkeep/files.ts";

/** A working folder with a database of the product's in it; goes with all that is in it. */
export interface Prepared extends AsyncDisposable {
  readonly folder: string;
}

/**
 * Makes a database as the product would and fills it. Its daily backup counts as made: it takes 20 MiB
 * while it runs, in whatever is measured then.
 */
export async function prepare(fill: (it: Connection) => Promise<void>): Promise<Prepared> {
  const folder = await Deno.makeTempDir({ prefix: "bitrix24-bot-bench-" });
  const file = `${folder}/data/bot.db`;
  const backups = new BackupFolder(file);
  await Deno.mkdir(backups.path, { recursive: true });
  await Deno.writeTextFile(backups.pathAt(Date.now()), "");
  const database = await Database.open({ url: `file:${file}` });
  await database.write(fill);
  await database.close();
  return { folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

/** Subscribes so many chats. */
export async function subscribe(it: Connection, first: number, count: number): Promise<void> {
  await it.rows(
    `WITH RECURSIVE n (id) AS (SELECT ?1 UNION ALL SELECT id + 1 FROM n WHERE id < ?2)
     INSERT INTO subscribers (chat_id) SELECT id FROM n`,
    [first, first + count - 1],
  );
}

/** So many of the chats want to hear one region, in thousands of ways; quiet from about ten to about eight, all around the world. */
export async function rule(it: Connection, first: number, count: number): Promise<void> {
  await it.rows(
    `WITH RECURSIVE n (id) AS (SELECT ?1 UNION ALL SELECT id + 1 FROM n WHERE id < ?2)
     INSERT INTO chats (chat_id, rule) SELECT id, json_object('regions', json_array('ru'),
       'quiet', json_array(1200 + id % 200, 360 + id % 203, 'Etc/GMT' || iif(id % 2, '+', '-') || (id % 9),
         iif(id % 3, 'silent', 'morning'))) FROM n WHERE ?2 >= ?1`,
    [first, first + count - 1],
  );
}

/** So many incidents of the last years, all over, each with an announcement of its own. */
export async function storeIncidents(it: Connection, count: number): Promise<void> {
  await it.rows(
    `WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < ?1)
     INSERT INTO incidents (region, components, description, status, start_time, end_time, severity,
       title, origin)
     SELECT 'ru', 'CRM,Почта,Телефония',
       'Недоступны: CRM, Почта, Телефония. Обращение ' || hex(randomblob(8)) ||
         '. Пожалуйста, подождите, мы уже работаем над решением.',
       'resolved', datetime('now', '-' || ((?1 - id) * 60 + 3600) || ' seconds'),
       datetime('now', '-' || ((?1 - id) * 60 + 3000) || ' seconds'),
       iif(id % 3 = 0, 'degraded', 'outage'), 'ВРЕМЕННЫЙ СБОЙ', 'feed'
     FROM n`,
    [count],
  );
}
