// nagios4 with `check` as the command of an active check, called every second and given NRPE's ten
// seconds; what Nagios made of each result stands in its file of performance data.
import { assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { withFolder } from "../support.ts";
import { createBitrix24Sandbox } from "../../src/sandbox/bitrix24/server.ts";
import type { Bitrix24Sandbox } from "../../src/sandbox/bitrix24/types.ts";
import { Companion, neighbour, until } from "./neighbour.ts";

const BINARY = Deno.env.get("BITRIX24_BOT_BINARY");
const TEXT = `Недоступны: CRM; "Почта" & 'Диск'|50% $HOSTNAME$ C:\\new.`;

await neighbour("nagios4 understands what check prints", {
  programs: { nagios4: ["--version"] },
  reason: BINARY ? null : "it takes the compiled program",
}, async (step) => {
  await withFolder(async (folder) => {
    const bitrix24 = createBitrix24Sandbox();
    bitrix24.well("kz");
    await using nagios = await Nagios.start(folder, bitrix24);
    try {
      await step("OK, with figures of both regions", async () => {
        const it = await nagios.result("OK");
        assertEquals(it.output, "BITRIX24 OK - ru: operational, kz: operational");
        assertMatch(it.figures, /^time=\d+\.\d{3}s ru=0;1;2;0;3 kz=0;1;2;0;3$/);
      });

      await step("WARNING where some have trouble", async () => {
        bitrix24.degraded("kz");
        const it = await nagios.result("WARNING");
        assertStringIncludes(it.output, "BITRIX24 WARNING - ru: operational, kz: degraded (");
        assertStringIncludes(it.figures, " ru=0;1;2;0;3 kz=1;1;2;0;3");
      });

      await step("CRITICAL, the host's words unharmed, each line with its region", async () => {
        bitrix24.outage("ru", TEXT);
        const it = await nagios.result("CRITICAL");
        assertStringIncludes(it.output, "BITRIX24 CRITICAL - ru: outage (CRM, ");
        assertStringIncludes(it.figures, " ru=2;1;2;0;3 kz=1;1;2;0;3");
        assertEquals(it.more.trim().split("\n").filter((line) => !/^(ru|kz): \S/.test(line)), []);
        assertStringIncludes(it.more, `ru: ${TEXT.replace(";", ",").replace("|", "/")}`);
        assertStringIncludes(it.more, "kz: Возможны задержки");
      });

      await step("UNKNOWN where the host answers nonsense, and says why", async () => {
        bitrix24.well("ru");
        for (const path of ["json", "html"] as const) {
          bitrix24.fault(path, { kind: "body", body: "<p>Загрузка; подождите" });
        }
        const it = await nagios.result("UNKNOWN");
        assertMatch(
          it.output,
          /^BITRIX24 UNKNOWN - ru: status unreadable \(.+\), kz: status unread/,
        );
        assertStringIncludes(it.figures, " ru=3;1;2;0;3 kz=3;1;2;0;3");
      });

      await step("UNKNOWN where the host hangs, before the ten seconds are over", async () => {
        for (const path of ["json", "html"] as const) bitrix24.fault(path, { kind: "hang" });
        const it = await nagios.result(
          "UNKNOWN",
          (result) => /no answer within/.test(result.output),
        );
        // What Nagios itself ends is CRITICAL to it, in these words.
        assertEquals(nagios.results().filter((it) => /timed out/i.test(it.output)), []);
        assertStringIncludes(it.figures, " ru=3;1;2;0;3 kz=3;1;2;0;3");
      });

      await step("and OK again", async () => {
        for (const path of ["json", "html"] as const) bitrix24.fault(path, undefined);
        bitrix24.well("kz");
        await nagios.result("OK");
      });
    } finally {
      await bitrix24.close();
    }
  });
});

/** The result of one check, as Nagios took it. */
interface Result {
  readonly state: string;
  readonly output: string;
  readonly more: string;
  readonly figures: string;
}

class Nagios implements AsyncDisposable {
  readonly #file: string;
  readonly #companion: Companion;

  private constructor(file: string, companion: Companion) {
    this.#file = file;
    this.#companion = companion;
  }

  /** Calls the program every second, as the user of Debian's package where we may choose. */
  static async start(folder: string, bitrix24: Bitrix24Sandbox): Promise<Nagios> {
    // Not everybody may go where the program lies.
    const program = `${folder}/bitrix24-bot`;
    await Deno.copyFile(BINARY ?? "", program);
    await Deno.mkdir(`${folder}/results`);
    await Deno.writeTextFile(`${folder}/nagios.cfg`, CONFIG.replaceAll("{folder}", folder));
    const command = `env STATUS_URL=${bitrix24.url} ${program} check --region ru,kz`;
    await Deno.writeTextFile(`${folder}/objects.cfg`, OBJECTS.replace("{command}", command));
    if (Deno.uid() === 0) {
      await new Deno.Command("chown", { args: ["-R", "nagios", folder] }).output();
    }
    const companion = new Companion("nagios4", [`${folder}/nagios.cfg`], {
      output: `${folder}/printed`,
    });
    return new Nagios(`${folder}/results.tsv`, companion);
  }

  /** All so far, oldest first. */
  results(): Result[] {
    try {
      return Deno.readTextFileSync(this.#file).split("\n").slice(0, -1).map((line) => {
        const [state = "", output = "", more = "", figures = ""] = line.split("\t");
        // Nagios writes a line break as \n, and a backslash as two.
        const text = more.replace(/\\(.)/g, (_, it) => it === "n" ? "\n" : it);
        return { state, output, more: text, figures };
      });
    } catch {
      return [];
    }
  }

  /** The first result of this state among those to come. */
  async result(state: string, is: (result: Result) => boolean = () => true): Promise<Result> {
    const from = this.results().length;
    return await until(`${state} of ${this.#file}`, () => {
      this.#companion.assertRuns();
      return Promise.resolve(this.results().slice(from).find((it) => it.state === state && is(it)));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#companion.end();
  }
}

/** What stays out of Nagios' own defaults; its files are in the test's folder. */
const CONFIG = `
cfg_file={folder}/objects.cfg
log_file={folder}/nagios.log
object_cache_file={folder}/objects.cache
status_file={folder}/status.dat
state_retention_file={folder}/retention.dat
lock_file={folder}/nagios.pid
temp_file={folder}/nagios.tmp
temp_path={folder}
check_result_path={folder}/results
command_file={folder}/nagios.cmd
check_external_commands=0
use_syslog=0
illegal_macro_output_chars=\`~$&|'"<>
check_for_updates=0
enable_notifications=0
nagios_user=nagios
nagios_group=nagios
interval_length=1
check_result_reaper_frequency=1
service_check_timeout=10
process_performance_data=1
service_perfdata_file={folder}/results.tsv
service_perfdata_file_template=$SERVICESTATE$\t$SERVICEOUTPUT$\t$LONGSERVICEOUTPUT$\t$SERVICEPERFDATA$
service_perfdata_file_mode=a
`;
const OBJECTS = `
define command {
  command_name bitrix24
  command_line {command}
}
define timeperiod {
  timeperiod_name always
  alias always
  sunday 00:00-24:00
  monday 00:00-24:00
  tuesday 00:00-24:00
  wednesday 00:00-24:00
  thursday 00:00-24:00
  friday 00:00-24:00
  saturday 00:00-24:00
}
define command {
  command_name tell
  command_line /bin/true
}
define contact {
  contact_name duty
  host_notification_period always
  service_notification_period always
  host_notification_options d
  service_notification_options w
  host_notification_commands tell
  service_notification_commands tell
}
define host {
  contacts duty
  notification_period always
  host_name cloud
  address 127.0.0.1
  max_check_attempts 1
  check_period always
}
define service {
  contacts duty
  notification_period always
  host_name cloud
  service_description Bitrix24
  check_command bitrix24
  check_interval 1
  retry_interval 1
  max_check_attempts 1
  check_period always
}
`;
