/** What the two APIs give, as far as the page looks at it. */

export interface Address {
  readonly id: string;
  readonly label: string;
  readonly line1: string;
  readonly city: string;
  readonly country: string;
  readonly isPrimary: boolean;
}

export interface Profile {
  readonly id: string;
  readonly email: string;
  readonly fullName: string;
  readonly bio: string | null;
  readonly locale: string | null;
  readonly version: number;
  readonly addresses: readonly Address[];
  readonly preferences: Readonly<Record<string, unknown>>;
}

export interface Session {
  readonly userId: string;
  /** Of somebody else. */
  readonly takenEmail: string;
  /** Whether the projector can be stopped and started from here. */
  readonly hasSwitch: boolean;
}

/** Members of the Freshness header by name; texts without their quotes. */
export type Freshness = Readonly<Record<string, string>>;
