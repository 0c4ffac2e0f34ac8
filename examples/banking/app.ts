/** The bank as an application. */
import type { ApplicationDefinition } from '../../services/shared/application.ts';

export default {
  name: 'banking',
  title: 'A bank whose accounts are their events',
  defaultProjection: 'balance',
  try: ['/balances?sort=-balance', '/transactions?sort=-at&type=transfer', '/spending'],
} satisfies ApplicationDefinition;
