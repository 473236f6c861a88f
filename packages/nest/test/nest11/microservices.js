export * from '@nestjs/microservices';
