/** The clone itself as an application. */
import type { ApplicationDefinition } from './services/shared/application.ts';

export default {
  name: 'profile',
  title: 'Profiles',
  defaultProjection: 'profile',
  // What can be tried depends on what the demo made (cli/demo/welcome.ts).
  try: [],
  erases: '/users',
} satisfies ApplicationDefinition;
