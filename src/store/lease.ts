/** The right to work on a database, which one bot has at a time. */
export interface Hold {
  /** Whether it is ours. Once another bot may have it: false, and nothing may be decided or sent. */
  readonly isHeld: boolean;
  /** Resolves when another bot has it. */
  readonly lost: Promise<void>;
  /** Lets go of it, so that a bot that stands by may take it over at once. */
  release(): Promise<void>;
}

/** Who works on a database, for people. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly version: string;
}

export interface HoldOptions {
  readonly self: Holder;
  /** Another bot has it and is waited for; called once, and with its words for itself. */
  readonly onStandby: (holder: string) => void;
  /** Trouble with the database is waited out, too. */
  readonly isPatient?: boolean;
  /** Ends the waiting, with its reason. */
  readonly stop?: AbortSignal | undefined;
}

/** A line of a holder, as it is left for whoever comes next. */
export function holderLine({ pid, host, version }: Holder): string {
  return `process ${pid} on ${host}, version ${version}`;
}

/** For ever ours. */
export const NEVER_LOST: Promise<void> = new Promise(() => {});
