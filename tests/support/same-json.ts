export { differences } from '../../services/shared/same-json.ts';
