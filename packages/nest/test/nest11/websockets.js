export * from '@nestjs/websockets';
