// The ceiling of fan-out: uWebSockets.js alone and its own publish, which sends what was said in one turn as one.
import { serveUws } from './uws-app.ts';

serveUws((text, { app, topic }) => {
  app.publish(topic, text, false);
});
