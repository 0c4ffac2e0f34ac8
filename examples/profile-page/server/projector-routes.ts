import { Type } from 'typebox';
import { ANYBODY } from '../../../services/shared/auth/access.ts';
import type { HttpApp } from '../../../services/shared/http-app.ts';
import type { ProjectorSwitch } from './projector-switch.ts';

const Body = Type.Object({ on: Type.Boolean() }, { additionalProperties: false });

export function addProjectorRoutes(app: HttpApp, projector: ProjectorSwitch): void {
  app.get('/api/projector', { config: ANYBODY }, async () => ({ on: await projector.isOn() }));
  app.put('/api/projector', { config: ANYBODY, schema: { body: Body } }, async ({ body }) => {
    await projector.turn(body.on);
    return { on: body.on };
  });
}
