/** Rows 10, 11 and 28: a projector whose links break and whose clock is wrong. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { faultRow } from '../../support/faults/fault-row.ts';
import { openReadSide } from '../../support/faults/read-side.ts';
import type { ReadSide } from '../../support/faults/read-side.ts';
import { stackEndpoints } from '../../support/stack.ts';
import { openLink } from '../../support/tcp-link.ts';
import type { TcpLink } from '../../support/tcp-link.ts';

const REDIRECT = fileURLToPath(new URL('../../support/faults/redirect-ports.ts', import.meta.url));
const CLOCK = fileURLToPath(new URL('../../support/faults/shift-clock.ts', import.meta.url));

type Server = 'postgres' | 'mongo' | 'kafka';

interface LinkedSide extends ReadSide {
  readonly links: Readonly<Record<Server, TcpLink>>;
}

/** The only projector of a group, with a link of its own to each server. */
async function openLinkedSide(): Promise<LinkedSide> {
  const { postgresUrl, mongoUrl, kafkaBrokers } = stackEndpoints();
  const ports = {
    postgres: Number(new URL(postgresUrl).port),
    mongo: Number(new URL(mongoUrl).port),
    kafka: Number(kafkaBrokers.split(':')[1]),
  };
  const links = {
    postgres: await openLink('127.0.0.1', ports.postgres),
    mongo: await openLink('127.0.0.1', ports.mongo),
    kafka: await openLink('127.0.0.1', ports.kafka),
  };
  const names = ['postgres', 'mongo', 'kafka'] as const;
  const side = await openReadSide({
    preload: [REDIRECT],
    env: { READSIDE_REDIRECT: names.map((name) => `${ports[name]}=${links[name].port}`).join(',') },
    close: async () => void (await Promise.all(names.map((name) => links[name].cut()))),
  });
  return { ...side, links };
}

export const linksCut = faultRow({
  number: 10,
  name: 'All links of one service cut 60 s',
  how: 'The projector’s connections to Kafka, MongoDB and Postgres are ended and refused for 60 s.',
  boundMs: 90_000,
  timeoutMs: 400_000,
  open: openLinkedSide,
  inject: async ({ links }) => {
    const all = Object.values(links);
    await Promise.all(all.map((link) => link.cut()));
    await sleep(60_000);
    await Promise.all(all.map((link) => link.restore()));
  },
});

const EACH_MS = 8000;

export const linksBad = faultRow({
  number: 11,
  name: 'Links reset, sliced, slowed and silent',
  how: `One after the other, ${EACH_MS / 1000} s each, on the projector’s links to Kafka and MongoDB: every connection reset each second; all bytes in pieces of 100 bytes; in pieces of 16 kB each 30 ms late; nothing gets through and nobody is told.`,
  boundMs: 120_000,
  timeoutMs: 400_000,
  open: openLinkedSide,
  inject: async ({ links }) => {
    for (const link of [links.kafka, links.mongo]) {
      for (let resets = 0; resets < EACH_MS / 1000; resets++) {
        link.reset();
        await sleep(1000);
      }
      link.shape({ sliceBytes: 100, delayMs: 0 });
      await sleep(EACH_MS);
      link.shape({ sliceBytes: 16_384, delayMs: 30 });
      await sleep(EACH_MS);
      link.shape(null);
      link.stall();
      await sleep(EACH_MS);
      await link.restore();
    }
  },
});

const HOUR_MS = 3_600_000;

export const wrongClock = faultRow({
  number: 28,
  name: 'Clock ±1 h on the projector',
  how: 'The projector is ended and started with a clock one hour ahead, then one hour behind, then right (a module loaded before its code shifts Date).',
  boundMs: 60_000,
  open: () => openReadSide({ preload: [CLOCK] }),
  inject: async (side) => {
    for (const shift of [HOUR_MS, -HOUR_MS, 0]) {
      await side.stopProjectors();
      await side.startProjectors({ READSIDE_CLOCK_SHIFT_MS: String(shift) });
      if (shift !== 0) await sleep(6000);
    }
  },
});
