/** The right to work on a database; one bot has it at a time. */
export interface Hold {
  /** False when another bot may have the right: then nothing may be decided or sent. */
  readonly isHeld: boolean;
  /** Resolves when another bot has taken over. */
  readonly lost: Promise<void>;
  /** Gives up the right, so that a bot on standby can take over at once. */
  release(): Promise<void>;
}

/** Description of a bot that works on a database, for people. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly version: string;
}

export interface HoldOptions {
  readonly self: Holder;
  /** Called once when the wait for another bot begins, with that bot's description. */
  readonly onStandby: (holder: string) => void;
  /**
   * Whether errors of a database server are waited out even at the first attempt, instead of
   * thrown; without effect on a database file.
   */
  readonly isPatient?: boolean;
  /** Ends the wait; its reason is thrown. */
  readonly stop?: AbortSignal | undefined;
}

/** Description of a holder in one line. */
export function holderLine({ pid, host, version }: Holder): string {
  return `process ${pid} on ${host}, version ${version}`;
}

/** Promise for holds that cannot be lost. */
export const NEVER_LOST: Promise<void> = new Promise(() => {});
